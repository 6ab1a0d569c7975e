/** The device of the current backend is gone, and with it all that was on it. */
export class DeviceLost extends Error {
  override readonly name = 'DeviceLost';
}

/** Milliseconds that the news of a loss may lag behind the errors it causes. */
const LAG = 1000;

let lose: (loss: DeviceLost) => void;
let lost: Promise<never>;
watchNextDevice();

export function deviceIsLost(reason: string): void {
  lose(new DeviceLost(reason));
}

/** From here on another device counts. */
export function watchNextDevice(): void {
  lost = new Promise((_, reject) => {
    lose = reject;
  });
  // Nobody may be waiting for it.
  lost.catch(() => undefined);
}

/** Does a task, and rejects with {@link DeviceLost} where the device does not live to see its end: it may not come. */
export async function whileDeviceLives<T>(task: () => Promise<T>): Promise<T> {
  const loss = lost;
  try {
    return await Promise.race([task(), loss]);
  } catch (error) {
    if (!(error instanceof DeviceLost)) await Promise.race([loss, new Promise((resolve) => setTimeout(resolve, LAG))]);
    throw error;
  }
}
