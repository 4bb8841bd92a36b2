import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';
import { compareResourceVersions } from '../kube/resource-version.ts';
import { typeId } from './informer.ts';
import type { Informer } from './informer.ts';
import { keyOf, keyText } from './key.ts';

/** What the caches must show before the key that wrote it may have its next pass. */
export type Expectation = {
  readonly type: ResourceType;
  readonly object: ObjectKey;
} & (
  | { readonly expects: 'version'; readonly resourceVersion: string }
  /** Gone, being deleted, or another object under that name. */
  | { readonly expects: 'removal'; readonly uid: string }
);

/**
 * Own writes that the caches have not shown yet, by the key whose pass wrote them. A pass on a cache older than its
 * own last write would do the work again: make a second Job, or undo a status.
 */
export class OwnWrites {
  readonly #informers: ReadonlyMap<string, Informer>;
  readonly #byKey = new Map<string, Expectation[]>();

  constructor(informers: ReadonlyMap<string, Informer>) {
    this.#informers = informers;
  }

  wrote(key: string, type: ResourceType, object: KubeObject): void {
    const resourceVersion = object.metadata.resourceVersion;
    if (resourceVersion === undefined) return;
    this.#expect(key, { type, object: keyOf(object.metadata), expects: 'version', resourceVersion });
  }

  deleted(key: string, type: ResourceType, object: ObjectKey, uid: string): void {
    this.#expect(key, { type, object, expects: 'removal', uid });
  }

  /** What the caches do not show yet; what they do show is forgotten. */
  unseen(key: string): readonly Expectation[] {
    const open = (this.#byKey.get(key) ?? []).filter((expectation) => !this.#isSeen(expectation));
    this.#keep(key, open);
    return open;
  }

  /** True when `key` has written an object of this name that the caches did not show when last asked. */
  isAwaiting(key: string, object: string): boolean {
    return (this.#byKey.get(key) ?? []).some((expectation) => keyText(expectation.object) === object);
  }

  /** Forgets one expectation, because the object is known to be gone. */
  drop(key: string, expectation: Expectation): void {
    this.#keep(
      key,
      (this.#byKey.get(key) ?? []).filter((other) => other !== expectation),
    );
  }

  #expect(key: string, expectation: Expectation): void {
    if (!this.#informers.has(typeId(expectation.type)) || this.#isSeen(expectation)) return;
    const others = (this.#byKey.get(key) ?? []).filter((other) => !isSameObject(other, expectation));
    this.#byKey.set(key, [...others, expectation]);
  }

  #keep(key: string, expectations: Expectation[]): void {
    if (expectations.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, expectations);
  }

  #isSeen(expectation: Expectation): boolean {
    const informer = this.#informers.get(typeId(expectation.type));
    if (informer === undefined) return true;
    const cached = informer.cache.get(expectation.object)?.metadata;
    if (expectation.expects === 'removal') {
      return cached?.uid !== expectation.uid || cached.deletionTimestamp !== undefined;
    }
    const cachedVersion = cached?.resourceVersion;
    if (
      cachedVersion !== undefined &&
      compareResourceVersions(cachedVersion, expectation.resourceVersion) >= 0
    ) {
      return true;
    }
    return informer.hasSeen(expectation.resourceVersion);
  }
}

function isSameObject(a: Expectation, b: Expectation): boolean {
  return typeId(a.type) === typeId(b.type) && keyText(a.object) === keyText(b.object);
}
