/** Binary heap: `pop` takes the item that `before` puts in front of all others. Not stable by itself. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    let hole = this.#items.push(item) - 1;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#items[hole] = parent;
      hole = above;
    }
    this.#items[hole] = item;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return first;
  }

  #sink(item: T): void {
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const leftItem = this.#items[left];
      if (leftItem === undefined) break;
      const rightItem = this.#items[left + 1];
      const right = rightItem !== undefined && this.#before(rightItem, leftItem);
      const child = right ? rightItem : leftItem;
      if (!this.#before(child, item)) break;
      this.#items[hole] = child;
      hole = right ? left + 1 : left;
    }
    this.#items[hole] = item;
  }
}
