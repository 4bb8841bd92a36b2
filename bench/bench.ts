// npm run bench -- backup [--rows N] [--rounds N]: figures are ratios from one run, side by side.
// npm run bench -- drill [--rows N] [--rounds N] [--data data|indexed]: the recovery time of a drill beside psql and
// pg_restore.
// npm run bench -- clean-drills [--drills N]: drills of sound backups of every major, none of which may fail.
// npm run bench -- scale [--objects N] [--minutes M]: the operator with so many objects, on a cluster.
import { parseArgs } from 'node:util';
import { benchBackup } from './backup.ts';
import { benchCleanDrills } from './clean-drills.ts';
import { benchDrill } from './drill.ts';
import { benchScale } from './scale.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '3000000' },
    rounds: { type: 'string', default: '5' },
    data: { type: 'string', default: 'data' },
    drills: { type: 'string', default: '100' },
    objects: { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '5' },
  },
});
const size = { rows: Number(values.rows), rounds: Number(values.rounds) };
const [subject = ''] = positionals;
switch (subject) {
  case 'backup':
    await benchBackup(size);
    break;
  case 'drill':
    await benchDrill({ ...size, data: values.data });
    break;
  case 'clean-drills':
    await benchCleanDrills(Number(values.drills));
    break;
  case 'scale':
    await benchScale({ objects: Number(values.objects), minutes: Number(values.minutes) });
    break;
  default:
    console.error(
      'usage: npm run bench -- backup|drill [--rows N] [--rounds N] | clean-drills [--drills N] | scale [--objects N] [--minutes M]',
    );
    process.exitCode = 2;
}
