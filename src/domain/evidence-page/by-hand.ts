import type { Evidence } from '../evidence.ts';
import { evidencePayloadPrefix } from '../evidence-statement.ts';
import { evidenceFolder, evidenceNames, evidenceRunFolder } from '../layout.ts';
import { counted } from '../amounts.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

const { document, page, envelope } = evidenceNames;

/** How a reader checks this document without pgcairn, and its place in the chain. */
export function byHandSection(evidence: Evidence): Html {
  const { drill, runId, signedBy } = evidence;
  return html`<p>
      This page and the record from which it was made, <code>${document}</code>, lie in
      <code>${evidenceRunFolder(drill, runId)}</code> of the repository. <code>${envelope}</code> beside them
      holds the digests of both. ${signedBy === undefined ? unsigned : signed(signedBy)}
    </p>
    <p>In that folder, with a POSIX shell, <code>sha256sum</code> and OpenSSL 3:</p>
    <pre>${commands(evidence)}</pre>
    ${previousWords(evidence)}
    <p class="muted">
      ${chainWords(evidence)} The whole chain in <code>${evidenceFolder(drill)}</code> is checked by
      <code>pgcairn evidence verify</code>, and by the script <code>verify-evidence.sh</code> in the
      documentation of pgcairn, which needs no more than the commands above.
    </p>`;
}

const unsigned = html`It is not signed, since the repository has no signing key: it shows that the files
belong together, and not who wrote them.`;

function signed(fingerprint: string): Html {
  return html`It is signed by the key <code>${fingerprint}</code>. Take the public key, here
    <code>signing.pub</code>, from somebody whom you trust, and not from the repository.`;
}

function commands({ signedBy }: Evidence): string {
  const field = (name: string): string => `sed -n 's/^ *"${name}": "\\(.*\\)",*$/\\1/p'`;
  const files = [
    '# Both files are those that the envelope names: two lines that end with OK',
    `${field('payload')} ${envelope} | openssl base64 -d -A > statement.json`,
    `for file in ${document} ${page}; do`,
    `  echo "$(grep -A 2 "\\"name\\": \\"$file\\"" statement.json | ${field('sha256')})  $file"`,
    'done | sha256sum --check',
  ];
  const signature = [
    '',
    '# The envelope is signed: Signature Verified Successfully',
    `{ printf '${evidencePayloadPrefix} %d ' "$(wc -c < statement.json)"; cat statement.json; } > signed`,
    `${field('sig')} ${envelope} | openssl base64 -d -A > signature`,
    'openssl pkeyutl -verify -pubin -inkey signing.pub -rawin -in signed -sigfile signature',
    '',
    '# The key is the one named above',
    'openssl pkey -pubin -in signing.pub -outform DER | openssl dgst -sha256 -binary | openssl base64',
  ];
  return [...files, ...(signedBy === undefined ? [] : signature)].join('\n');
}

function previousWords({ previous, sequence }: Evidence): Html {
  if (previous === undefined)
    return html`<p>This is evidence no. ${sequence} of the drill. It names none before it.</p>`;
  return html`<p>
      This is evidence no. ${sequence} of the drill. The envelope of the one before, of run
      <code>${previous.runId}</code>, has the digest <code>${previous.digest}</code>:
    </p>
    <pre>sha256sum ../${previous.runId}/${envelope}</pre>`;
}

function chainWords({ chain, signedBy }: Evidence): string {
  const { checked, faults } = chain;
  if (checked === 0) return '';
  const read = `When this was written, ${checked === 1 ? 'the envelope' : `the ${counted(checked, 'envelope')}`} before it ${checked === 1 ? 'was' : 'were'} read; `;
  const what = signedBy === undefined ? 'links hold' : 'signatures and links hold';
  return `${read}${faults.length === 0 ? `${what}.` : 'not all hold, see above.'}`;
}
