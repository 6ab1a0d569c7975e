import type { Remote } from 'comlink';
import { element } from '../elements.ts';
import { onLanguage, whole, words } from '../language/language.ts';
import { reasonOf } from '../runs/training.ts';
import type { DataInfo, Service } from '../service.ts';

/** Which digits are trained on: those of the program, or files from the user's disk. They never leave the machine. */
export function chooseData(service: Remote<Service>, onReady: (info: DataInfo) => void): Promise<void> {
  const files = element('files', HTMLInputElement);
  const field = element('files-field', HTMLElement);
  const status = element('data-info', HTMLElement);
  let describe = () => words().preparing;
  const show = (text: () => string) => {
    describe = text;
    status.textContent = text();
  };
  onLanguage(() => show(describe));

  const load = async (isBuiltIn: boolean, loading: () => Promise<DataInfo>) => {
    show(() => words().preparing);
    try {
      const info = await loading();
      show(() => {
        const source = isBuiltIn ? words().builtInSource : info.source;
        return words().dataInfo(source, whole(info.train), whole(info.test));
      });
      onReady(info);
    } catch (error) {
      show(() => words().cannot(reasonOf(error)));
    }
  };

  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=data]')) {
    radio.addEventListener('change', () => {
      field.hidden = radio.value !== 'mnist';
      if (radio.value === 'built-in') void load(true, () => service.useBuiltInDigits());
    });
  }
  files.addEventListener('change', () => {
    void load(false, async () => {
      const picked = [...(files.files ?? [])].map(async (file) => ({
        name: file.name,
        bytes: new Uint8Array(await file.arrayBuffer()),
      }));
      return service.useFiles(await Promise.all(picked));
    });
  });
  return load(true, () => service.useBuiltInDigits());
}
