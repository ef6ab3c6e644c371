export interface AnswerRules {
  /**
   * Codecs in the order wanted, by name in any case; parameters after `;` must be among those of its fmtp line
   * (`H264;packetization-mode=1`). Empty: the order stays.
   */
  readonly codecOrder: readonly string[];
  /** Takes out the `rtx` payload types: repeats of lost packets, which spoil recordings. */
  readonly isRtxRemoved: boolean;
}

/** A payload type of a media section. */
interface Payload {
  readonly number: string;
  /** Lower case; empty without an rtpmap line. */
  readonly codec: string;
  readonly parameters: ReadonlySet<string>;
  /** The payload type that this one repeats (`rtx`) or protects (`red` of audio). */
  readonly belongsTo: string | undefined;
}

interface CodecWish {
  readonly codec: string;
  readonly parameters: readonly string[];
}

/**
 * An SDP answer with the payload types of each `m=` line in the wanted order and, if so ruled, without `rtx`.
 *
 * Nothing else is changed: every other line, its order and its line end stay as they are. What repeats or
 * protects a codec follows it; what the order does not name comes last as it was.
 */
export function rewriteAnswer(answer: string, rules: AnswerRules): string {
  const wishes = rules.codecOrder.map(parseWish);
  const lines = answer.split(/(?<=\n)/);
  const starts = lines.flatMap((line, i) => (line.startsWith('m=') ? [i] : []));
  const head = lines.slice(0, starts[0] ?? lines.length);
  const sections = starts.map((start, i) => lines.slice(start, starts[i + 1] ?? lines.length));
  return [...head, ...sections.flatMap((section) => rewriteSection(section, wishes, rules))].join('');
}

function rewriteSection(
  section: readonly string[],
  wishes: readonly CodecWish[],
  rules: AnswerRules,
): readonly string[] {
  const [mediaLine = '', ...rest] = section;
  const match = /^(m=(?:audio|video) \S+ \S+ )(\d+(?: \d+)*)(\s*)$/.exec(mediaLine);
  if (!match) return section;
  const [, start = '', numbers = '', lineEnd = ''] = match;
  const all = numbers.split(' ').map((number) => describePayload(number, rest));
  const kept = rules.isRtxRemoved ? all.filter((payload) => payload.codec !== 'rtx') : all;
  // A section of nothing but rtx makes no sense to begin with; an empty one would be refused.
  if (kept.length === 0) return section;
  const removed = new Set(all.filter((payload) => !kept.includes(payload)).map((payload) => payload.number));
  const ordered = wishes.length > 0 ? inOrder(kept, wishes) : kept;
  return [
    `${start}${ordered.map((payload) => payload.number).join(' ')}${lineEnd}`,
    ...rest.filter((line) => !removed.has(/^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)\s/.exec(line)?.[1] ?? '')),
  ];
}

function describePayload(number: string, lines: readonly string[]): Payload {
  const attributeOf = (name: string) => {
    const prefix = `a=${name}:${number} `;
    return (
      lines
        .find((line) => line.startsWith(prefix))
        ?.slice(prefix.length)
        .trim() ?? ''
    );
  };
  const codec = attributeOf('rtpmap').split('/', 1)[0]?.toLowerCase() ?? '';
  const fmtp = attributeOf('fmtp');
  const parameters = new Set(fmtp.split(';').map((parameter) => parameter.trim().toLowerCase()));
  const belongsTo =
    codec === 'rtx' ? /\bapt=(\d+)/.exec(fmtp)?.[1] : codec === 'red' ? /^\d+/.exec(fmtp)?.[0] : undefined;
  return { number, codec, parameters, belongsTo };
}

function parseWish(text: string): CodecWish {
  const [codec = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  return { codec, parameters };
}

/** The codecs by the first wish they meet, each followed by what belongs to it. */
function inOrder(payloads: readonly Payload[], wishes: readonly CodecWish[]): Payload[] {
  const numbers = new Set(payloads.map((payload) => payload.number));
  const isFollower = (payload: Payload) =>
    payload.belongsTo !== undefined && payload.belongsTo !== payload.number && numbers.has(payload.belongsTo);
  const withFollowers = (payload: Payload): Payload[] => [
    payload,
    ...payloads
      .filter((each) => isFollower(each) && each.belongsTo === payload.number)
      .flatMap(withFollowers),
  ];
  const ordered = payloads
    .filter((payload) => !isFollower(payload))
    .map((payload) => ({ payload, rank: rankOf(payload, wishes) }))
    .sort((a, b) => a.rank - b.rank)
    .flatMap(({ payload }) => withFollowers(payload));
  // Followers that name each other in a circle have no head and would be lost.
  return [...ordered, ...payloads.filter((payload) => !ordered.includes(payload))];
}

function rankOf(payload: Payload, wishes: readonly CodecWish[]): number {
  const rank = wishes.findIndex(
    ({ codec, parameters }) =>
      codec === payload.codec && parameters.every((parameter) => payload.parameters.has(parameter)),
  );
  return rank === -1 ? wishes.length : rank;
}
