import { describeContenders } from './describe-contenders.ts';
import { openBackends } from './open-backends.ts';

describeContenders(await openBackends());
