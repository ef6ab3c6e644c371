// @vitest-environment happy-dom
import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useReading } from './use-reading.ts';

/** Answers when told to. */
function asked() {
  const answers: ((value: string) => void)[] = [];
  const read = () => new Promise<string>((resolve) => answers.push(resolve));
  return { answers, read };
}

it('keeps what is shown while a change of the mark is read, and not that of another key', async () => {
  const { answers, read } = asked();
  const { rerender, result } = renderHook(({ key, mark }) => useReading(key, read, undefined, mark), {
    initialProps: { key: 'list', mark: 2 },
  });
  await act(async () => answers[0]?.('two'));
  expect(result.current.value).toBe('two');
  rerender({ key: 'list', mark: 1 });
  expect(answers).toHaveLength(2);
  expect(result.current.value).toBe('two');
  await act(async () => answers[1]?.('one'));
  expect(result.current.value).toBe('one');
  rerender({ key: 'other', mark: 1 });
  expect(result.current.value).toBeNull();
});
