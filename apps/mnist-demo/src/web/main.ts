import { proxy } from 'comlink';
import { showCurves } from './charts/curves.ts';
import { showHistograms } from './charts/histograms.ts';
import { showStepTimes } from './charts/step-times.ts';
import { TryIt } from './drawing/try-it.ts';
import { element } from './elements.ts';
import { showRace } from './kernels/race-panel.ts';
import { browserLanguage, isLanguage, language, onLanguage, speak, words } from './language/language.ts';
import { ModelPanel } from './models/model-panel.ts';
import { Notices } from './notices.ts';
import { RunStore } from './runs/run-store.ts';
import { showRunTable } from './runs/run-table.ts';
import { reasonOf, type Say, Training } from './runs/training.ts';
import type { News } from './service.ts';
import { chooseData } from './settings/data-choice.ts';
import { runsOf } from './settings/page-settings.ts';
import { SettingsForm } from './settings/settings-form.ts';
import { fromHash, toHash } from './settings/share-link.ts';
import { openWorker } from './worker/open-worker.ts';

const shared = fromHash(location.hash);
speak(shared.language ?? browserLanguage());
const form = new SettingsForm();
form.write(shared.settings);

const { service } = openWorker();
const store = new RunStore();
const status = element('status', HTMLElement);
let sayAgain = () => '';
const say: Say = (text) => {
  sayAgain = text;
  status.textContent = text();
};
onLanguage(() => say(sayAgain));

const backends = await service.backends();
const notices = new Notices(backends);
form.offer(backends);
const training = new Training(service, store, say);
const hear = (news: News) => {
  training.hear(news);
  if (news.kind !== 'lost') return;
  form.backend = news.backend;
  notices.add(() => words().lost(words().backends[news.backend] ?? news.backend));
};
await service.listen(proxy(hear));
const tryIt = new TryIt(service, store);
const models = new ModelPanel(service, store, () => form.backend);
showRace(() => ({ backend: form.backend, batchSize: form.read().batchSize || 1 }));

const train = element('train', HTMLButtonElement);
const pause = element('pause', HTMLButtonElement);
const languages = element('language', HTMLSelectElement);
const panels = [
  showRunTable(store, {
    resume: (run) => training.resume(run, form.backend),
    remove: (run) => void training.remove(run),
    use: async (run) => {
      await service.select(run.id, run.settings, form.backend);
      store.inUse = run.id;
      store.changed();
    },
  }),
  showCurves(store),
  showHistograms(store),
  showStepTimes(store),
  () => models.draw(),
  () => tryIt.refresh(),
  () => {
    pause.disabled = !training.busy;
  },
];
const draw = () => {
  for (const panel of panels) panel();
};
store.onChange(draw);
onLanguage(draw);
draw();

const shareLink = () => history.replaceState(null, '', toHash(form.read(), language()));
form.onChange(shareLink);
form.onSubmit(() => training.start(runsOf(form.read()), form.backend));
form.onBackend((backend) =>
  training.move(backend).catch((error) => {
    say(() => words().cannot(reasonOf(error)));
    form.backend = training.busy?.backend ?? store.runInUse?.backend ?? form.backend;
  }),
);
pause.onclick = () => training.pause();
languages.value = language();
languages.onchange = () => {
  if (!isLanguage(languages.value)) return;
  speak(languages.value);
  shareLink();
};
element('copy-link', HTMLButtonElement).onclick = async () => {
  shareLink();
  try {
    await navigator.clipboard.writeText(location.href);
    say(() => words().linkCopied);
  } catch {
    say(() => words().linkShown);
  }
};
addEventListener('hashchange', () => {
  const said = fromHash(location.hash);
  form.write(said.settings);
  if (said.language) speak(said.language);
  languages.value = language();
});

chooseData(service, {
  // The worker makes the built-in digits before it does what it is asked next: there is nothing to wait for.
  onChoice: (isReady) => {
    train.disabled = !isReady;
  },
  onDigits: (info) => {
    store.chosen = info;
    store.changed();
    tryIt.setTestPictures(info.test);
  },
});
say(() => words().ready);
