export { customKind } from './kinds.ts';
export { fixedConnection, startFakeApiServer } from './server.ts';
export type { FakeApiServer } from './server.ts';
export type { Fault } from './faults.ts';
