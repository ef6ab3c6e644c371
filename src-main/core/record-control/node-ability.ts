import type { NodeIdentity } from '../nodes/generation.ts';
import type { NodeSnapshot } from '../nodes/node-watcher.ts';

/** Which nodes can record; a node that said that it cannot is not asked again until it is another one. */
export class NodeAbility {
  readonly #unable = new WeakMap<NodeIdentity, string>();

  /** Remembers that the node said it cannot. */
  noteUnable({ identity }: NodeSnapshot, reason: string): void {
    if (identity) this.#unable.set(identity, reason);
  }

  /** Why the node cannot record, in words; null when it can as far as is known. */
  whyNot({ identity }: NodeSnapshot): string | null {
    if (!identity) return 'What it is has not been found out yet.';
    const { features, generation } = identity;
    const saysFeatures = generation !== 'push' && generation !== 'pull';
    if (saysFeatures && !features.includes('recorder')) return 'It was built without the recorder.';
    return this.#unable.get(identity) ?? null;
  }
}
