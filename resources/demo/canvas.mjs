/** A tiny software canvas: RGB24, flat shapes with soft edges, nothing that costs an encoder many bits. */

/** Reads `#rrggbb` as three numbers of 0-255. */
export function rgb(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** The colour at `share` (0-1) of the way from `a` to `b`, as `#rrggbb`. */
export function mix(a, b, share) {
  const [from, to] = [rgb(a), rgb(b)];
  return `#${from
    .map((v, i) =>
      Math.round(v + (to[i] - v) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

export class Canvas {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.data = Buffer.alloc(width * height * 3);
  }

  copyFrom(other) {
    other.data.copy(this.data);
  }

  #blend(x, y, [r, g, b], alpha) {
    if (alpha <= 0 || x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 3;
    const { data } = this;
    data[at] += (r - data[at]) * alpha;
    data[at + 1] += (g - data[at + 1]) * alpha;
    data[at + 2] += (b - data[at + 2]) * alpha;
  }

  /** A band from `top` to `bottom`; `stops` are colours at equal distances. */
  gradient(top, bottom, stops, left = 0, right = this.width) {
    for (let y = top; y < bottom; y++) {
      const place = ((y - top) / Math.max(1, bottom - top - 1)) * (stops.length - 1);
      const index = Math.min(stops.length - 2, Math.floor(place));
      const color = rgb(mix(stops[index], stops[index + 1], place - index));
      for (let x = left; x < right; x++) this.#blend(x, y, color, 1);
    }
  }

  /** An axis-aligned rectangle; fractional edges are softened, so slow movement looks smooth. */
  rect(x, y, width, height, color, alpha = 1) {
    const c = rgb(color);
    const cover = (cell, from, to) => Math.max(0, Math.min(cell + 1, to) - Math.max(cell, from));
    for (let row = Math.floor(y); row < y + height; row++) {
      const rowShare = cover(row, y, y + height) * alpha;
      for (let col = Math.max(0, Math.floor(x)); col < Math.min(this.width, x + width); col++) {
        this.#blend(col, row, c, rowShare * cover(col, x, x + width));
      }
    }
  }

  /** A filled polygon (even-odd) of `[x, y]` points; four scan lines a pixel row soften its edges. */
  polygon(points, color, alpha = 1) {
    const c = rgb(color);
    const ys = points.map(([, y]) => y);
    const bottom = Math.min(this.height, Math.ceil(Math.max(...ys)));
    for (let row = Math.max(0, Math.floor(Math.min(...ys))); row < bottom; row++) {
      const cover = new Map();
      for (const line of [0.125, 0.375, 0.625, 0.875]) {
        const cuts = crossings(points, row + line);
        for (let i = 0; i + 1 < cuts.length; i += 2) {
          for (let x = Math.max(0, Math.floor(cuts[i])); x < Math.min(this.width, cuts[i + 1]); x++) {
            const share = Math.min(x + 1, cuts[i + 1]) - Math.max(x, cuts[i]);
            cover.set(x, (cover.get(x) ?? 0) + share / 4);
          }
        }
      }
      for (const [x, share] of cover) this.#blend(x, row, c, share * alpha);
    }
  }

  circle(x, y, radius, color, alpha = 1) {
    this.ellipse(x, y, radius, radius, color, alpha);
  }

  ellipse(x, y, rx, ry, color, alpha = 1) {
    const points = Array.from({ length: 40 }, (_, i) => {
      const angle = (i / 40) * 2 * Math.PI;
      return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
    });
    this.polygon(points, color, alpha);
  }

  /** A straight stroke of `width` pixels. */
  line(x1, y1, x2, y2, width, color, alpha = 1) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const [dx, dy] = [((y2 - y1) / length) * (width / 2), ((x2 - x1) / length) * (width / 2)];
    const points = [
      [x1 - dx, y1 + dy],
      [x2 - dx, y2 + dy],
      [x2 + dx, y2 - dy],
      [x1 + dx, y1 - dy],
    ];
    this.polygon(points, color, alpha);
  }
}

function crossings(points, y) {
  const cuts = [];
  for (let i = 0; i < points.length; i++) {
    const [x1, y1] = points[i];
    const [x2, y2] = points[(i + 1) % points.length];
    if (y1 <= y !== y2 <= y) cuts.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
  }
  return cuts.sort((a, b) => a - b);
}
