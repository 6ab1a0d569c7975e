import type { Remote } from 'comlink';
import { element } from '../elements.ts';
import { onLanguage, whole, words } from '../language/language.ts';
import { reasonOf } from '../runs/training.ts';
import type { DataInfo, Service } from '../service.ts';

export interface DataEvents {
  /** Whether a model can be trained on what is chosen now: MNIST's files may be missing, or wrong. */
  onChoice(isReady: boolean): void;
  onDigits(info: DataInfo): void;
}

/** Which digits are trained on: those of the program, or files from the user's disk. They never leave the machine. */
export function chooseData(service: Remote<Service>, { onChoice, onDigits }: DataEvents): void {
  const files = element('files', HTMLInputElement);
  const field = element('files-field', HTMLElement);
  const status = element('data-info', HTMLElement);
  let describe = () => '';
  const show = (text: () => string) => {
    describe = text;
    status.textContent = text();
  };
  onLanguage(() => show(describe));

  /** The choice that counts is the last, not the one that is read last. */
  let choice = 0;
  const load = async (read: () => Promise<DataInfo>) => {
    const mine = ++choice;
    const isLatest = () => mine === choice;
    show(() => words().preparing);
    try {
      const info = await read();
      if (!isLatest()) return;
      show(() => words().dataInfo(words().sources[info.source], whole(info.train), whole(info.test)));
      onChoice(true);
      onDigits(info);
    } catch (error) {
      if (isLatest()) show(() => words().cannot(reasonOf(error)));
    }
  };
  const loadBuiltIn = () => {
    onChoice(true);
    return load(() => service.useBuiltInDigits());
  };
  const loadFiles = () => {
    onChoice(false);
    const { files: picked } = files;
    if (picked?.length) {
      return load(() => service.useFiles([...picked]));
    }
    choice++;
    return show(() => '');
  };

  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=data]')) {
    radio.addEventListener('change', () => {
      field.hidden = radio.value !== 'mnist';
      void (field.hidden ? loadBuiltIn() : loadFiles());
    });
  }
  files.addEventListener('change', () => void loadFiles());
  void loadBuiltIn();
}
