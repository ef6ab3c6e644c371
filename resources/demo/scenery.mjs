import { mix } from './canvas.mjs';

/** What several scenes share. All movement is a function of `t`, the share (0-1) of the loop that has passed. */

/** Repeatable random numbers of 0-1, so that the loops come out the same at every run. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The left edge of something `width` wide that crosses the picture `laps` times a loop, entering unseen. */
export function crossing(t, canvasWidth, width, laps = 1, offset = 0) {
  const span = canvasWidth + width;
  return ((((t * laps + offset) % 1) + 1) % 1) * span - width;
}

/** A smooth 0-1-0 wave with a whole number of `cycles` in the loop. */
export function wave(t, cycles, offset = 0) {
  return 0.5 - 0.5 * Math.cos(2 * Math.PI * (t * cycles + offset));
}

/** Two layers of houses above `baseY`, with lit windows in the nearer one. */
export function skyline(canvas, { baseY, seed, far, near, lights, height = 90 }) {
  const random = randomFrom(seed);
  for (let x = -10; x < canvas.width; ) {
    const w = 26 + random() * 44;
    const h = height * (0.55 + random() * 0.75);
    canvas.rect(x, baseY - h, w, h, far);
    if (random() > 0.7) canvas.rect(x + w / 2, baseY - h - 16, 2, 16, far);
    x += w + random() * 6;
  }
  for (let x = -20; x < canvas.width; ) {
    const w = 34 + random() * 46;
    const h = height * (0.25 + random() * 0.6);
    canvas.rect(x, baseY - h, w, h, near);
    if (random() > 0.5) canvas.rect(x + w * 0.2, baseY - h - 6, w * 0.3, 6, near);
    for (let wy = baseY - h + 7; wy < baseY - 9; wy += 10) {
      for (let wx = x + 6; wx < x + w - 7; wx += 9) {
        if (random() > 0.52)
          canvas.rect(Math.round(wx), Math.round(wy), 4, 5, lights, 0.45 + random() * 0.55);
      }
    }
    x += w + 4 + random() * 14;
  }
}

/** Flat clouds that drift once through the picture in a loop. */
export function clouds(canvas, t, { y, seed, color, count = 4, alpha = 0.3 }) {
  const random = randomFrom(seed);
  for (let i = 0; i < count; i++) {
    const w = 110 + random() * 120;
    const top = y + random() * 60;
    const x = crossing(t, canvas.width, w, 1, random());
    canvas.ellipse(x + w / 2, top, w / 2, 5 + random() * 4, color, alpha);
    canvas.ellipse(x + w * 0.6, top - 5, w / 4, 4, color, alpha * 0.8);
  }
}

/** Still water from `top` to the lower edge, with the light of `columns` lying on it. */
export function water(canvas, top, bottom, stops, columns, light) {
  canvas.gradient(top, bottom, stops);
  for (const [x, width] of columns) {
    for (let y = top + 3; y < bottom; y += 6) {
      const spread = (y - top) * 0.12;
      canvas.rect(x - spread / 2, y, width + spread, 2, light, 0.3 * (1 - (y - top) / (bottom - top)));
    }
  }
}

/** Short glints that come and go on the water. */
export function glints(canvas, t, top, bottom, seed, color) {
  const random = randomFrom(seed);
  for (let i = 0; i < 14; i++) {
    const [x, y, offset] = [random() * canvas.width, top + 6 + random() * (bottom - top - 12), random()];
    canvas.rect(x, y, 14 + random() * 16, 1.5, color, 0.35 * wave(t, 10, offset));
  }
}

/** A lamp with a soft halo. */
export function lamp(canvas, x, y, radius, color, strength = 1) {
  canvas.circle(x, y, radius * 4, color, 0.07 * strength);
  canvas.circle(x, y, radius * 2.2, color, 0.16 * strength);
  canvas.circle(x, y, radius, mix(color, '#ffffff', 0.5), 0.95 * strength);
}

/** A shipping container with ribs. */
export function container(canvas, x, y, width, height, color) {
  canvas.rect(x, y, width, height, color);
  canvas.rect(x, y, width, 2, mix(color, '#ffffff', 0.25));
  for (let rib = x + 5; rib < x + width - 2; rib += 6)
    canvas.rect(rib, y + 3, 1.5, height - 5, '#000000', 0.18);
}
