import { describe, expect, it, vi } from 'vitest';
import { dismissToast, showToast, useToastStore } from './toast-store.ts';

describe('toasts', () => {
  it('do what they held back only when the action was not taken', () => {
    const onExpire = vi.fn();
    showToast({ text: 'Removed', onExpire });
    showToast({ text: 'Removed too', onExpire });
    const [first, second] = useToastStore.getState().toasts;
    dismissToast(first?.id ?? 0, true);
    expect(onExpire).not.toHaveBeenCalled();
    dismissToast(second?.id ?? 0, false);
    dismissToast(second?.id ?? 0, false);
    expect(onExpire).toHaveBeenCalledTimes(1);
    expect(useToastStore.getState().toasts).toEqual([]);
  });
});
