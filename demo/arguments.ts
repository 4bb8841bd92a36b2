import { parseArgs } from 'node:util';

export const usage = `usage: npm run demo [-- OPTION]
  --size MB   as much data in the database; default 20
  --down      remove the cluster that the demo made, and what it wrote on this machine; a cluster that KUBECONFIG
              names is left as it is
  --help      print this
`;

export type Wish =
  | { readonly kind: 'run'; readonly megabytes: number }
  | { readonly kind: 'down' }
  | { readonly kind: 'help' }
  /** `because` says what is wrong with the arguments. */
  | { readonly kind: 'wrong'; readonly because: string };

/** What the arguments of the command ask for. */
export function readArguments(args: readonly string[]): Wish {
  let options;
  try {
    options = parseArgs({
      args: [...args],
      options: {
        size: { type: 'string', default: '20' },
        down: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    return { kind: 'wrong', because: (error as Error).message };
  }
  if (options.help) return { kind: 'help' };
  if (options.down) return { kind: 'down' };
  return /^[1-9][0-9]{0,5}$/.test(options.size)
    ? { kind: 'run', megabytes: Number(options.size) }
    : { kind: 'wrong', because: `--size ${options.size}: must be a whole number of megabytes` };
}
