export interface Column {
  readonly name: string;
  /** As an SQL identifier, with quotes only where they are needed. */
  readonly quoted: string;
}

/** A table, view or partition whose indexes are looked into. Those of extensions and of the system are not. */
export interface AuditTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Schema and name as a person writes them. */
  readonly shown: string;
  readonly kind: 'Table' | 'Partitioned' | 'MaterializedView' | 'Foreign';
  /** The table that this one is a partition of. */
  readonly parent: number | null;
  /** False for a materialized view without its rows. */
  readonly isPopulated: boolean;
  readonly columns: readonly Column[];
}

/** One key of an index, in its place. */
export interface IndexKey {
  /** Null for an expression. */
  readonly column: string | null;
  /** Equal for keys that sort and compare alike: column or expression, operator class, collation, direction. */
  readonly sign: string;
  readonly family: number;
  /** Of the operator classes for the type, the one that is taken when none is named. */
  readonly isDefaultClass: boolean;
  /** It sorts as the column does. */
  readonly isColumnCollation: boolean;
}

export interface AuditIndex {
  readonly oid: number;
  readonly table: number;
  readonly schema: string;
  readonly name: string;
  readonly shown: string;
  readonly method: string;
  readonly keys: readonly IndexKey[];
  /** Columns of INCLUDE. */
  readonly included: readonly string[];
  /** The condition of a partial index. */
  readonly predicate: string | null;
  /** Null for one that is not unique; else equal for those that refuse the same rows at the same time. */
  readonly uniqueness: string | null;
  readonly isValid: boolean;
  /** Of a partitioned table: it has no storage, its partitions' indexes do. */
  readonly isPartitioned: boolean;
  /** The partitioned index that this one is attached to. */
  readonly parent: number | null;
  readonly constraint: 'PrimaryKey' | 'Unique' | 'Exclusion' | null;
  /** It is the replica identity or the CLUSTER order of its table. */
  readonly isMarked: boolean;
  /** A foreign key may lean on it: in another copy of the database it may be another index that could serve. */
  readonly isTarget: boolean;
  /** Freshly built in the restored copy. */
  readonly sizeBytes: number;
  /** What follows the name of the table in its definition, from USING on. */
  readonly definition: string;
}

export interface ForeignKeyColumn extends Column {
  /** Operator families that know the comparison of the foreign key. */
  readonly families: readonly number[];
}

export interface ForeignKey {
  readonly name: string;
  readonly table: number;
  readonly columns: readonly ForeignKeyColumn[];
  /** The table that it points at, as a person writes it. */
  readonly references: string;
  /** Its last column is a range that must be contained (PERIOD). */
  readonly isTemporal: boolean;
}

export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** Everything about the indexes of one database that its catalogue tells. */
export interface IndexCatalogue {
  readonly tables: readonly AuditTable[];
  readonly indexes: readonly AuditIndex[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Names that a new index cannot have. */
  readonly relations: readonly RelationName[];
}
