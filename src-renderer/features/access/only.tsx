import type { ReactNode } from 'react';
import { useIsAdmin, useMayOperate } from '../../stores/rights.ts';

/** What only operators and administrators are offered. */
export function OperatorOnly({ children }: { readonly children: ReactNode }) {
  return useMayOperate() ? children : null;
}

/** What only administrators are offered. */
export function AdminOnly({ children }: { readonly children: ReactNode }) {
  return useIsAdmin() ? children : null;
}
