import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Candidate,
  choosePlayNode,
  choosePublishNode,
  type HeldStream,
  PUBLISHER_STATES,
  roomFor,
} from './placement.ts';

const node = (alias: string, change: Partial<Candidate> = {}): Candidate => ({
  alias,
  isUsable: true,
  maxViewersPerStream: 100,
  makesStreams: true,
  streamCount: 0,
  viewerCount: 0,
  held: null,
  ...change,
});
const held = (change: Partial<HeldStream> = {}): HeldStream => ({
  publisher: 'live',
  isRelay: false,
  viewerCount: 0,
  ...change,
});

describe('choosePublishNode', () => {
  it.each<[string, Candidate[], string[], string | null]>([
    ['nothing without nodes', [], [], null],
    [
      'the node with the most room',
      [node('a', { viewerCount: 60 }), node('b', { viewerCount: 20 })],
      [],
      'b',
    ],
    ['the larger limit', [node('a'), node('b', { maxViewersPerStream: 200 })], [], 'b'],
    ['the fewest streams on a tie', [node('a', { streamCount: 2 }), node('b', { streamCount: 1 })], [], 'b'],
    ['the first alias on a full tie', [node('b'), node('a')], [], 'a'],
    ['no node that is not usable', [node('a', { isUsable: false })], [], null],
    ['only named nodes', [node('a'), node('b', { viewerCount: 50 })], ['b', 'c'], 'b'],
    ['nothing where no named node is there', [node('a')], ['c'], null],
    ['no node that takes no viewers', [node('a', { maxViewersPerStream: 0 })], [], null],
    ['no node that makes no streams', [node('a', { makesStreams: false }), node('b')], [], 'b'],
    [
      'a holder that makes no streams',
      [node('a', { makesStreams: false, held: held() }), node('b')],
      [],
      'a',
    ],
    [
      'a full holder before an empty node',
      [node('a', { held: held({ viewerCount: 100 }) }), node('b')],
      [],
      'a',
    ],
    [
      'the live holder before the lost one',
      [node('a', { held: held({ publisher: 'lost' }) }), node('b', { held: held() })],
      [],
      'b',
    ],
    [
      'the lost source before the far end of its relay',
      [node('a', { held: held({ isRelay: true }) }), node('b', { held: held({ publisher: 'lost' }) })],
      [],
      'b',
    ],
    [
      'any holder before none',
      [node('a'), node('b', { held: held({ publisher: 'none' }), viewerCount: 99 })],
      [],
      'b',
    ],
    [
      'no named node while the stream is live elsewhere',
      [node('a', { held: held() }), node('b')],
      ['b'],
      null,
    ],
    [
      'a named node where the stream elsewhere has lost its publisher',
      [node('a', { held: held({ publisher: 'lost' }) }), node('b')],
      ['b'],
      'b',
    ],
    ['no dead holder', [node('a', { isUsable: false, held: held() }), node('b')], [], 'b'],
  ])('takes %s', (_, candidates, only, expected) => {
    expect(choosePublishNode(candidates, only)).toBe(expected);
  });
});

describe('choosePlayNode', () => {
  it.each<[string, Candidate[], string[], ReturnType<typeof choosePlayNode>]>([
    ['knows no stream without nodes', [], [], { kind: 'unknown' }],
    ['never makes a stream', [node('a')], [], { kind: 'unknown' }],
    ['trusts no dead holder', [node('a', { isUsable: false, held: held() })], [], { kind: 'unknown' }],
    [
      'takes the holder with the most room',
      [node('a', { held: held({ viewerCount: 9 }) }), node('b', { held: held({ viewerCount: 8 }) })],
      [],
      { kind: 'node', alias: 'b' },
    ],
    [
      'leaves a holder without media aside',
      [node('a', { held: held({ viewerCount: 99 }) }), node('b', { held: held({ publisher: 'none' }) })],
      [],
      { kind: 'node', alias: 'a' },
    ],
    [
      'sends nobody to a relay that is being made, but asks for it',
      [
        node('a', { held: held({ viewerCount: 100 }) }),
        node('b', { held: held({ publisher: 'starting', isRelay: true }) }),
      ],
      [],
      { kind: 'full', excluding: ['a', 'b'], isStarting: false },
    ],
    [
      'has nothing to relay while the publisher is still coming',
      [node('a', { held: held({ publisher: 'starting', viewerCount: 100 }) }), node('b')],
      [],
      { kind: 'full', excluding: ['a'], isStarting: true },
    ],
    [
      'takes a publisher that has just come',
      [
        node('a', { held: held({ publisher: 'starting', viewerCount: 3 }) }),
        node('b', { held: held({ publisher: 'lost' }) }),
      ],
      [],
      { kind: 'node', alias: 'a' },
    ],
    [
      'waits at a holder where there are no media anywhere',
      [node('a', { held: held({ publisher: 'none' }) })],
      [],
      { kind: 'node', alias: 'a' },
    ],
    [
      'asks for a relay to none of the holders',
      [
        node('a', { held: held({ viewerCount: 100 }) }),
        node('b'),
        node('c', { isUsable: false, held: held() }),
      ],
      [],
      { kind: 'full', excluding: ['a', 'c'], isStarting: false },
    ],
    [
      'does not take a holder that was not named for a place to relay to',
      [node('a', { held: held({ viewerCount: 100 }) }), node('b', { held: held() }), node('c'), node('d')],
      ['a', 'd'],
      { kind: 'full', excluding: ['a', 'b', 'c'], isStarting: false },
    ],
  ])('%s', (_, candidates, only, expected) => {
    expect(choosePlayNode(candidates, only)).toEqual(expected);
  });
});

const someHeld = fc.record<HeldStream>({
  publisher: fc.constantFrom(...PUBLISHER_STATES),
  isRelay: fc.boolean(),
  viewerCount: fc.nat(12),
});
const someCandidates = fc.uniqueArray(
  fc.record<Candidate>({
    alias: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    isUsable: fc.boolean(),
    maxViewersPerStream: fc.nat(12),
    makesStreams: fc.boolean(),
    streamCount: fc.nat(3),
    viewerCount: fc.nat(30),
    held: fc.option(someHeld),
  }),
  { selector: (candidate) => candidate.alias },
);
const someNames = fc.subarray(['a', 'b', 'c', 'd', 'e']);

describe('whatever the cluster looks like', () => {
  it('never chooses a node that is not usable or not named', () => {
    fc.assert(
      fc.property(someCandidates, someNames, (candidates, only) => {
        const play = choosePlayNode(candidates, only);
        for (const alias of [choosePublishNode(candidates, only), play.kind === 'node' ? play.alias : null]) {
          if (alias === null) continue;
          expect(candidates.find((each) => each.alias === alias)?.isUsable).toBe(true);
          expect(only.length === 0 || only.includes(alias)).toBe(true);
        }
      }),
    );
  });

  it('never sends a viewer to a full node, nor to a node without the stream', () => {
    fc.assert(
      fc.property(someCandidates, someNames, (candidates, only) => {
        const choice = choosePlayNode(candidates, only);
        if (choice.kind !== 'node') return;
        const chosen = candidates.find((each) => each.alias === choice.alias)!;
        expect(chosen.held).not.toBeNull();
        expect(roomFor(chosen)).toBeGreaterThan(0);
      }),
    );
  });

  it('keeps a publisher with the nodes that hold the stream', () => {
    fc.assert(
      fc.property(someCandidates, (candidates) => {
        const holders = candidates.filter((each) => each.isUsable && each.held);
        fc.pre(holders.length > 0);
        expect(holders.map((each) => each.alias)).toContain(choosePublishNode(candidates, []));
      }),
    );
  });

  it('chooses the same whatever the order of the nodes', () => {
    fc.assert(
      fc.property(someCandidates, someNames, (candidates, only) => {
        const reversed = [...candidates].reverse();
        expect(choosePublishNode(reversed, only)).toBe(choosePublishNode(candidates, only));
        const sorted = (choice: ReturnType<typeof choosePlayNode>) =>
          choice.kind === 'full' ? { ...choice, excluding: [...choice.excluding].sort() } : choice;
        expect(sorted(choosePlayNode(reversed, only))).toEqual(sorted(choosePlayNode(candidates, only)));
      }),
    );
  });
});
