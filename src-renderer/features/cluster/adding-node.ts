import { create } from 'zustand';

/**
 * Whether a node is just being added. Kept above the buttons that begin it: these come and go as the cluster is read
 * and gets its first node, and what was entered must not go with them.
 */
export const useAddingNode = create<{ readonly isAdding: boolean }>(() => ({ isAdding: false }));

export function setAddingNode(isAdding: boolean): void {
  useAddingNode.setState({ isAdding });
}
