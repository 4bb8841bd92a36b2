import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

test('items come out in order, whatever the order they went in and however pushes and pops mix', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }))), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      const [came, expected]: [unknown[], unknown[]] = [[], []];
      for (const step of steps) {
        if (step === null) {
          model.sort((a, b) => a - b);
          came.push(heap.peek(), heap.pop());
          expected.push(model[0], model.shift());
        } else {
          heap.push(step);
          model.push(step);
        }
        came.push(heap.size);
        expected.push(model.length);
      }
      expect(came).toEqual(expected);
    }),
  );
});
