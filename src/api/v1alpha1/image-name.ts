import { z } from 'zod';
import { withPattern } from '../rule.ts';

const host = String.raw`[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?`;
const part = '[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*';
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const pattern = new RegExp(`^(${host}/)?${part}(/${part})*(:${tag})?(@sha256:[0-9a-f]{64})?$`);

/** The name of a container image, as the container runtimes read it. A wrong one would stop a pod, long after. */
export const imageName = withPattern(
  z.string().min(1).max(512),
  pattern,
  'must be the name of an image, like registry.example.net/shop:1.9, without https://',
);
