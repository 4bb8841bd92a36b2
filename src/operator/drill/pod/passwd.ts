import { userId } from '../../job/worker-pod.ts';

/** On the pod of a drill: what its containers have as /etc/passwd. */
export const passwdNote = 'pgcairn.dev/passwd';

/** Programs like initdb ask for the name of the user that they run under, and an image knows only its own. */
export const passwd = `root:x:0:0:root:/:/sbin/nologin\npostgres:x:${String(userId)}:${String(userId)}:postgres:/tmp:/sbin/nologin\n`;

export const passwdVolume: object = {
  name: 'passwd',
  downwardAPI: {
    defaultMode: 0o444,
    items: [{ path: 'passwd', fieldRef: { fieldPath: `metadata.annotations['${passwdNote}']` } }],
  },
};

export const passwdMount: object = {
  name: 'passwd',
  mountPath: '/etc/passwd',
  subPath: 'passwd',
  readOnly: true,
};
