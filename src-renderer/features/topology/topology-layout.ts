import type { TopologyCard, TopologyGraph, TopologyLink, TopologySite } from './topology-graph.ts';

/** All in pixels, from the top left corner of the map. */
export interface PlacedCard {
  readonly card: TopologyCard;
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface PlacedSite {
  readonly site: TopologySite;
  readonly xPx: number;
  readonly yPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface PlacedLink {
  readonly link: TopologyLink;
  /** SVG path from the sender to the tip of the arrow. */
  readonly path: string;
  /** The tip, and whether it points to the left. */
  readonly tip: { readonly xPx: number; readonly yPx: number; readonly isLeftward: boolean };
  /** Middle of the label. */
  readonly labelXPx: number;
  readonly labelYPx: number;
}

export interface TopologyLayout {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly isDense: boolean;
  /** Left edge of the cards of each column. */
  readonly columnsPx: readonly number[];
  readonly cardWidthPx: number;
  readonly sites: readonly PlacedSite[];
  readonly cards: readonly PlacedCard[];
  readonly links: readonly PlacedLink[];
}

/** Room for publishers at the left and for viewers at the right of a card. */
export const SIDE_PX = 104;
const HEAD_PX = 32;
const MARGIN_PX = 12;
const SITE_HEAD_PX = 26;
const SITE_PAD_PX = 8;
const SITE_GAP_PX = 16;
const MIN_CARD_PX = 140;
const MAX_CARD_PX = 220;
const MIN_GUTTER_PX = 120;
const LABEL_STEP_PX = 20;
/** Labels closer than this, side by side, would touch. */
const LABEL_REACH_PX = 150;
/** With more cards than this, rows are lower and sites without relays fill two columns. */
const MAX_ROOMY_CARDS = 12;

/**
 * Where everything stands on a map `widthPx` wide: sites that send relays at the left, those that get more than they
 * send at the right; without relays between sites, two columns only where one would be long. The map is never
 * narrower than its columns need.
 */
export function layoutTopology(graph: TopologyGraph, widthPx: number): TopologyLayout {
  const cardCount = graph.sites.reduce((count, site) => count + site.cards.length, 0);
  const isDense = cardCount > MAX_ROOMY_CARDS;
  const columns = columnsOf(graph, isDense);
  const gutterPx = columns.length > 1 ? MIN_GUTTER_PX : 0;
  const sidesPx = columns.length * 2 * (SIDE_PX + SITE_PAD_PX) + gutterPx + 2 * MARGIN_PX;
  const cardWidthPx = Math.floor(
    Math.min(MAX_CARD_PX, Math.max(MIN_CARD_PX, (widthPx - sidesPx) / columns.length)),
  );
  const neededPx = sidesPx + columns.length * cardWidthPx;
  const totalPx = Math.max(widthPx, neededPx);
  // One column stands in the middle, two at the edges.
  const spacePx = totalPx - neededPx;
  const firstPx =
    MARGIN_PX + SIDE_PX + SITE_PAD_PX + (columns.length === 1 ? spacePx / 2 : Math.min(spacePx / 4, 80));
  const lastPx = totalPx - (firstPx + cardWidthPx);
  const columnsPx = columns.length === 1 ? [Math.round(firstPx)] : [Math.round(firstPx), Math.round(lastPx)];

  const sites: PlacedSite[] = [];
  const cards: PlacedCard[] = [];
  let heightPx = 0;
  columns.forEach((column, index) => {
    const placed = placeColumn(column, columnsPx[index] ?? 0, cardWidthPx, isDense);
    sites.push(...placed.sites);
    cards.push(...placed.cards);
    heightPx = Math.max(heightPx, placed.endPx);
  });
  return {
    widthPx: totalPx,
    heightPx: heightPx + MARGIN_PX,
    isDense,
    columnsPx,
    cardWidthPx,
    sites,
    cards,
    links: placeLinks(graph.links, cards, totalPx),
  };
}

function columnsOf({ sites, links }: TopologyGraph, isDense: boolean): readonly (readonly TopologySite[])[] {
  const siteOf = new Map(sites.flatMap((site) => site.cards.map(({ key }) => [key, site] as const)));
  const balance = new Map<TopologySite, number>();
  for (const { from, to, streams } of links) {
    const [source, target] = [siteOf.get(from), siteOf.get(to)];
    if (!source || !target || source === target) continue;
    balance.set(source, (balance.get(source) ?? 0) - streams.length);
    balance.set(target, (balance.get(target) ?? 0) + streams.length);
  }
  const right = sites.filter((site) => (balance.get(site) ?? 0) > 0);
  if (right.length > 0) return [sites.filter((site) => !right.includes(site)), byTheirSources(right)];
  return isDense && sites.length > 1 ? halves(sites) : [sites];

  /** Beside what they get their streams from, so that arrows cross less. */
  function byTheirSources(targets: readonly TopologySite[]): readonly TopologySite[] {
    const rank = (site: TopologySite): number => {
      const ranks = links
        .filter(({ to }) => siteOf.get(to) === site)
        .map(({ from }) => sites.findIndex(({ cards }) => cards.some(({ key }) => key === from)));
      return ranks.length === 0 ? 0 : ranks.reduce((sum, one) => sum + one, 0) / ranks.length;
    };
    return [...targets].sort((a, b) => rank(a) - rank(b));
  }
}

/** In order, cut where both halves are about as high. */
function halves(sites: readonly TopologySite[]): readonly (readonly TopologySite[])[] {
  const total = sites.reduce((sum, site) => sum + site.cards.length + 1, 0);
  let sum = 0;
  const cut = sites.findIndex((site) => {
    sum += site.cards.length + 1;
    return sum >= total / 2;
  });
  const at = Math.min(sites.length - 1, Math.max(1, cut + 1));
  return [sites.slice(0, at), sites.slice(at)];
}

function placeColumn(column: readonly TopologySite[], xPx: number, cardWidthPx: number, isDense: boolean) {
  const cardHeightPx = isDense ? 32 : 44;
  const stepPx = cardHeightPx + (isDense ? 6 : 12);
  const sites: PlacedSite[] = [];
  const cards: PlacedCard[] = [];
  let yPx = HEAD_PX;
  for (const site of column) {
    const topPx = yPx;
    yPx += SITE_HEAD_PX;
    for (const card of site.cards) {
      cards.push({ card, xPx, yPx, widthPx: cardWidthPx, heightPx: cardHeightPx });
      yPx += stepPx;
    }
    yPx += SITE_PAD_PX - (stepPx - cardHeightPx);
    sites.push({
      site,
      xPx: xPx - SITE_PAD_PX,
      yPx: topPx,
      widthPx: cardWidthPx + 2 * SITE_PAD_PX,
      heightPx: yPx - topPx,
    });
    yPx += SITE_GAP_PX;
  }
  return { sites, cards, endPx: yPx - SITE_GAP_PX };
}

function placeLinks(
  links: readonly TopologyLink[],
  cards: readonly PlacedCard[],
  mapWidthPx: number,
): readonly PlacedLink[] {
  const byKey = new Map(cards.map((placed) => [placed.card.key, placed]));
  const placed = links.flatMap((link) => {
    const [from, to] = [byKey.get(link.from), byKey.get(link.to)];
    return from && to ? [placeLink(link, from, to, mapWidthPx)] : [];
  });
  return apart(placed);
}

/** Arrows keep to the lower part of a card; publishers and viewers stand beside the upper one. */
function placeLink(link: TopologyLink, from: PlacedCard, to: PlacedCard, mapWidthPx: number): PlacedLink {
  const fromY = from.yPx + from.heightPx - 8;
  const toY = to.yPx + to.heightPx - 8;
  const isSameColumn = from.xPx === to.xPx;
  const isLeftward = isSameColumn || to.xPx < from.xPx;
  const startX = !isSameColumn && isLeftward ? from.xPx : from.xPx + from.widthPx;
  const endX = isLeftward ? to.xPx + to.widthPx : to.xPx;
  const bendX = isSameColumn ? startX + SIDE_PX + 24 : (startX + endX) / 2;
  return {
    link,
    path: `M${startX} ${fromY}C${bendX} ${fromY} ${bendX} ${toY} ${endX} ${toY}`,
    tip: { xPx: endX, yPx: toY, isLeftward },
    // Beside the viewers where there is room, not over them.
    labelXPx: isSameColumn
      ? Math.min(startX + SIDE_PX + LABEL_REACH_PX / 2, mapWidthPx - LABEL_REACH_PX / 2)
      : bendX,
    labelYPx: (fromY + toY) / 2,
  };
}

/** Labels that would cover each other move down. */
function apart(links: readonly PlacedLink[]): readonly PlacedLink[] {
  const result: PlacedLink[] = [];
  for (const link of [...links].sort((a, b) => a.labelYPx - b.labelYPx)) {
    const above = result.filter(({ labelXPx }) => Math.abs(labelXPx - link.labelXPx) < LABEL_REACH_PX);
    const lowestPx = above.reduce((max, { labelYPx }) => Math.max(max, labelYPx + LABEL_STEP_PX), 0);
    result.push({ ...link, labelYPx: Math.max(link.labelYPx, lowestPx) });
  }
  return result;
}
