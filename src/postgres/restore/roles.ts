import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';

export interface StubRole {
  readonly name: string;
  /** What it owns only a superuser may own. */
  readonly superuser: boolean;
}

/** Makes roles that nobody can log in as, so that owners and grantees exist. Those that are there stay as they are. */
export async function createStubRoles(session: Session, roles: readonly StubRole[]): Promise<void> {
  const present = await session.query<{ name: string }>('SELECT rolname::text AS name FROM pg_roles');
  const known = new Set(present.map(({ name }) => name));
  for (const { name, superuser } of roles) {
    if (known.has(name)) continue;
    await session.query(`CREATE ROLE ${quoteIdentifier(name)} NOLOGIN${superuser ? ' SUPERUSER' : ''}`);
  }
}
