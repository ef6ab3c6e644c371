import { mix } from './canvas.mjs';
import { clouds, container, crossing, glints, lamp, skyline, water, wave } from './scenery.mjs';

/**
 * The six pictures of the demo. `background` is drawn once; `frame` draws what moves on a copy of it, at `t`,
 * the share (0-1) of the loop that has passed: at 1 everything is where it was at 0.
 */
export const SCENES = {
  'gate-north': {
    background(c) {
      c.gradient(0, 230, ['#2b2350', '#6d3a6e', '#d9695f', '#f6b26b']);
      c.circle(470, 196, 30, '#ffe2a8', 0.9);
      skyline(c, { baseY: 232, seed: 11, far: '#5a3560', near: '#2c2145', lights: '#ffd27a' });
      c.gradient(232, 360, ['#3a3148', '#221d30']);
      c.rect(0, 292, 640, 44, '#191622');
      for (let x = 8; x < 640; x += 46) c.rect(x, 313, 24, 3, '#d9c98f', 0.7);
      c.rect(398, 214, 70, 80, '#453a58');
      c.rect(392, 208, 82, 8, '#6b5a80');
      c.rect(408, 228, 50, 26, '#ffdf9a', 0.9);
      c.rect(431, 228, 3, 26, '#453a58');
      for (const x of [60, 250, 560]) {
        c.rect(x, 196, 3, 96, '#15121d');
        lamp(c, x + 1, 194, 4, '#ffd58a');
      }
    },
    frame(c, t) {
      clouds(c, t, { y: 44, seed: 5, color: '#f3a58c', alpha: 0.22 });
      const x = crossing(t, 640, 190, 3);
      const open = Math.max(0, 1 - Math.abs(x + 95 - 380) / 230);
      const lift = Math.min(1, open * 2.2) * 1.25;
      truck(c, x, 296, t);
      c.rect(384, 262, 8, 34, '#d8d3e0');
      for (let i = 0; i < 8; i++) {
        const [a, b] = [i * 18, i * 18 + 18];
        const color = i % 2 ? '#f5f0e8' : '#e0473f';
        const [dx, dy] = [-Math.cos(lift), -Math.sin(lift)];
        c.line(388 + a * dx, 268 + a * dy, 388 + b * dx, 268 + b * dy, 5, color);
      }
      lamp(c, 388, 259, 3, open > 0.1 ? '#6fe08a' : '#ff6a5a', 0.6 + 0.4 * wave(t, 30));
    },
  },

  'quay-west': {
    background(c) {
      c.gradient(0, 200, ['#0d2137', '#1c4a63', '#4f8f96', '#f0c58f']);
      c.circle(150, 70, 15, '#f6efd6', 0.9);
      skyline(c, { baseY: 202, seed: 29, far: '#2c5a6b', near: '#123044', lights: '#ffd98a', height: 70 });
      const columns = [60, 131, 214, 300, 388, 455, 560].map((x) => [x, 8]);
      water(c, 202, 330, ['#3f7f88', '#17455a', '#0d2c40'], columns, '#ffd98a');
      c.rect(0, 326, 640, 34, '#1a222b');
      c.rect(0, 322, 640, 5, '#44525c');
      for (let x = 40; x < 640; x += 110) {
        c.rect(x, 310, 12, 13, '#28323b');
        c.rect(x - 3, 308, 18, 4, '#3b4852');
      }
    },
    frame(c, t) {
      clouds(c, t, { y: 30, seed: 8, color: '#a9c6c4', alpha: 0.18 });
      glints(c, t, 206, 318, 3, '#f6e0b0');
      ship(c, crossing(t, 640, 330, 1, 0.42), 246, t);
      lamp(c, 604, 300, 3, '#8effc0', wave(t, 20));
    },
  },

  'crane-3': {
    background(c) {
      c.gradient(0, 250, ['#4a6fa5', '#8fa8c8', '#f2c6b4', '#ffe3c2']);
      c.circle(120, 206, 36, '#fff3d6', 0.9);
      skyline(c, { baseY: 250, seed: 47, far: '#a9a3b8', near: '#77748f', lights: '#ffe9b8', height: 44 });
      water(c, 250, 306, ['#c9a9a6', '#6f7f9c'], [[96, 50]], '#fff3d6');
      c.rect(0, 304, 640, 56, '#3d4152');
      c.rect(0, 300, 640, 5, '#6c7183');
      const palette = ['#c8553d', '#3f7cac', '#e0a458', '#5b8e7d', '#8c5e7a'];
      for (let i = 0; i < 18; i++) {
        const [col, row] = [i % 6, Math.floor(i / 6)];
        if ((i * 7) % 11 === 3 && row === 2) continue;
        container(c, 24 + col * 44, 282 - row * 18, 42, 17, palette[(i * 3 + row) % 5]);
      }
      const steel = '#2d4a7c';
      for (const x of [330, 440]) c.rect(x, 96, 9, 206, steel);
      c.rect(326, 200, 126, 7, steel);
      c.line(334, 300, 444, 204, 4, steel);
      c.rect(120, 92, 470, 9, steel);
      c.rect(380, 44, 7, 52, steel);
      c.line(384, 46, 130, 94, 3, steel);
      c.line(384, 46, 580, 94, 3, steel);
      c.rect(540, 101, 36, 18, '#3c5c94');
    },
    frame(c, t) {
      clouds(c, t, { y: 26, seed: 14, color: '#ffffff', alpha: 0.35 });
      const out = wave(t, 2);
      const drop = wave(t, 6);
      const x = 480 - 260 * out;
      const y = 130 + 70 * drop * (0.5 + 0.5 * Math.abs(out - 0.5));
      c.rect(x, 101, 30, 9, '#f2b705');
      c.rect(x + 4, 110, 1.5, y - 110, '#1b2436');
      c.rect(x + 24, 110, 1.5, y - 110, '#1b2436');
      c.rect(x - 8, y, 46, 4, '#f2b705');
      container(c, x - 7, y + 4, 44, 18, '#d1495b');
      lamp(c, 383, 42, 3, '#ff5a4d', wave(t, 30));
      truck(c, 640 - crossing(t, 640, 190, 2, 0.3) - 190, 322, t, true);
    },
  },

  'yard-7': {
    background(c) {
      c.gradient(0, 220, ['#070b1c', '#101a3a', '#27406b']);
      for (let i = 0; i < 60; i++) c.rect((i * 97) % 640, (i * 53) % 150, 1.5, 1.5, '#dfe8ff', 0.5);
      skyline(c, { baseY: 214, seed: 71, far: '#16233f', near: '#0c1529', lights: '#ffcf70', height: 56 });
      c.gradient(214, 360, ['#26303f', '#141a24']);
      const palette = ['#b23a48', '#2a6f97', '#dda15e', '#40798c', '#7f5539', '#588157'];
      for (let block = 0; block < 3; block++) {
        for (let i = 0; i < 12; i++) {
          const [col, row] = [i % 4, Math.floor(i / 4)];
          if (row === 2 && (i + block) % 3 === 0) continue;
          container(c, 22 + block * 208 + col * 46, 266 - row * 21, 44, 20, palette[(i * 5 + block * 2) % 6]);
        }
      }
      for (const x of [12, 215, 424, 630]) {
        c.rect(x - 2, 108, 4, 180, '#0a0f19');
        c.polygon(
          [
            [x, 110],
            [x - 92, 300],
            [x + 92, 300],
          ],
          '#fff4c7',
          0.06,
        );
        lamp(c, x, 108, 5, '#fff1b8');
      }
      for (let x = 10; x < 640; x += 60) c.rect(x, 336, 34, 3, '#e8c547', 0.55);
    },
    frame(c, t) {
      const x = crossing(t, 640, 210, 2);
      const yellow = '#f0a202';
      c.polygon(
        [
          [x + 96, 316],
          [x + 210, 338],
          [x + 210, 350],
          [x + 96, 326],
        ],
        '#fff4c7',
        0.16,
      );
      c.rect(x, 236, 96, 8, yellow);
      for (const leg of [4, 84]) c.rect(x + leg, 244, 8, 82, mix(yellow, '#000000', 0.2));
      c.rect(x + 70, 246, 22, 20, '#cfe8ff', 0.85);
      container(c, x + 22, 276 + 10 * wave(t, 4), 52, 22, '#d1495b');
      for (const wheel of [6, 26, 68, 88]) c.circle(x + wheel, 328, 7, '#05070c');
      lamp(c, x + 97, 318, 3, '#fff4c7');
      lamp(c, x + 48, 233, 3, '#ff9f1c', wave(t, 60));
    },
  },

  lobby: {
    background(c) {
      c.gradient(36, 236, ['#1f2d56', '#4a4170', '#e58f65'], 36, 376);
      skyline(c, { baseY: 232, seed: 23, far: '#4d4a74', near: '#232544', lights: '#ffe0a0', height: 100 });
      const wall = ['#4a3b34', '#6b5446', '#7d6250'];
      c.gradient(0, 36, [wall[0], mix(wall[0], wall[1], 0.28)]);
      c.gradient(36, 236, [mix(wall[0], wall[1], 0.28), wall[1], mix(wall[1], wall[2], 0.8)], 0, 36);
      c.gradient(36, 236, [mix(wall[0], wall[1], 0.28), wall[1], mix(wall[1], wall[2], 0.8)], 376, 640);
      c.gradient(236, 262, [mix(wall[1], wall[2], 0.8), wall[2]]);
      for (const x of [36, 118, 202, 286, 370]) c.rect(x, 36, 6, 198, '#2b211c');
      for (const y of [36, 132, 230]) c.rect(36, y, 340, 6, '#2b211c');
      c.gradient(262, 360, ['#a98467', '#6f5644']);
      for (let x = -200; x < 840; x += 80) c.line(320 + (x - 320) * 0.6, 262, x, 360, 1.5, '#5a4536', 0.5);
      for (const x of [436, 528]) {
        c.rect(x, 96, 76, 166, '#2f2a2a');
        c.rect(x + 5, 101, 32, 161, '#9aa3a8');
        c.rect(x + 39, 101, 32, 161, '#8b949a');
      }
      c.rect(96, 244, 190, 62, '#33231b');
      c.rect(88, 238, 206, 9, '#d9b382');
      c.rect(250, 214, 4, 24, '#1b1512');
      c.polygon(
        [
          [240, 214],
          [264, 214],
          [258, 202],
          [246, 202],
        ],
        '#ffd89a',
      );
      lamp(c, 252, 218, 3, '#ffe7b0');
      for (const x of [90, 210, 330, 450, 570]) lamp(c, x, 12, 5, '#ffe9c4');
    },
    frame(c, t) {
      const floor = Math.floor(t * 15) % 5;
      for (let i = 0; i < 5; i++) {
        c.rect(452 + i * 10, 84, 6, 6, i === floor ? '#ffb347' : '#3b3330');
        c.rect(544 + i * 10, 84, 6, 6, i === 4 - floor ? '#ffb347' : '#3b3330');
      }
      person(c, crossing(t, 640, 60, 2), 318, t, '#22304a', '#c96f4a');
      person(c, 640 - crossing(t, 640, 60, 1, 0.35) - 60, 340, t, '#3a2740', '#e8c07d');
    },
  },

  'ferry-ramp': {
    background(c) {
      c.gradient(0, 212, ['#123c4a', '#2f7d7a', '#a7d3b0', '#f7e3a1']);
      c.polygon(
        [
          [0, 212],
          [0, 168],
          [90, 150],
          [200, 186],
          [330, 172],
          [420, 212],
        ],
        '#2f6b66',
      );
      c.polygon(
        [
          [560, 214],
          [566, 96],
          [584, 96],
          [592, 214],
        ],
        '#f1ede2',
      );
      for (const y of [122, 160]) c.rect(565, y, 23, 16, '#c8443c');
      c.rect(562, 84, 28, 12, '#21333a');
      water(c, 212, 300, ['#7fb8a4', '#2b6f78', '#174a57'], [[572, 10]], '#fff3c0');
      c.rect(0, 292, 640, 68, '#2b3338');
      c.rect(0, 288, 640, 5, '#59656b');
      const hull = '#f4f1ea';
      c.polygon(
        [
          [-10, 186],
          [250, 186],
          [292, 214],
          [270, 292],
          [-10, 292],
        ],
        hull,
      );
      c.polygon(
        [
          [-10, 250],
          [278, 250],
          [270, 292],
          [-10, 292],
        ],
        '#1f5f8b',
      );
      c.rect(-10, 140, 220, 48, '#e9e4da');
      c.rect(40, 104, 90, 38, '#dcd6ca');
      c.polygon(
        [
          [70, 104],
          [110, 104],
          [104, 66],
          [76, 66],
        ],
        '#c8443c',
      );
      for (let x = 8; x < 200; x += 22) c.rect(x, 154, 12, 12, '#ffd98a');
      for (let x = 8; x < 250; x += 22) c.circle(x + 6, 214, 5, '#ffd98a', 0.9);
      c.polygon(
        [
          [232, 236],
          [262, 236],
          [258, 282],
          [232, 282],
        ],
        '#22282c',
      );
      c.polygon(
        [
          [256, 280],
          [380, 298],
          [380, 306],
          [256, 290],
        ],
        '#7b878d',
      );
      for (let x = 400; x < 640; x += 48) c.rect(x, 330, 26, 3, '#e8e3d3', 0.6);
    },
    frame(c, t) {
      clouds(c, t, { y: 36, seed: 31, color: '#f3f7e6', alpha: 0.3 });
      glints(c, t, 218, 284, 9, '#fdf3c6');
      const beam = Math.cos(2 * Math.PI * t * 10);
      c.polygon(
        [
          [576, 90],
          [576 + 300 * beam, 60],
          [576 + 300 * beam, 120],
        ],
        '#fff6cf',
        0.13,
      );
      lamp(c, 576, 90, 4, '#fff6cf', 0.7);
      const colors = ['#e4572e', '#f3a712', '#29335c', '#f5f0f6', '#5f9e6e'];
      for (let i = 0; i < 5; i++) {
        const along = ((t * 5 + i / 5) % 1) * 1.1;
        const x = 246 + along * 420;
        const y = x < 380 ? 282 + Math.max(0, x - 256) * 0.14 : 300;
        if (along > 0.02) car(c, x, y, colors[i]);
      }
      for (let i = 0; i < 4; i++) {
        const x = 640 - crossing(t, 640, 20, 2, i * 0.27);
        const flap = 5 * wave(t, 60, i * 0.3);
        c.line(x - 9, 60 + i * 16 - flap, x, 62 + i * 16, 2, '#21333a');
        c.line(x, 62 + i * 16, x + 9, 60 + i * 16 - flap, 2, '#21333a');
      }
    },
  },
};

function truck(c, x, y, t, isLeftBound = false) {
  const at = (dx, w) => (isLeftBound ? x + 190 - dx - w : x + dx);
  container(c, at(0, 132), y - 42, 132, 42, '#2e86ab');
  c.rect(at(136, 40), y - 34, 40, 34, '#f18f01');
  c.rect(at(154, 18), y - 29, 18, 14, '#cfe8ff');
  c.rect(at(0, 178), y - 2, 178, 6, '#11131a');
  for (const wheel of [16, 38, 108, 156]) {
    c.circle(at(wheel, 0), y + 8, 9, '#08090d');
    c.circle(at(wheel, 0), y + 8, 3.5, '#8b8f9c');
  }
  lamp(c, at(177, 0), y - 6, 3, '#fff4c7', 0.8 + 0.2 * wave(t, 30));
}

function ship(c, x, y, t) {
  c.polygon(
    [
      [x, y],
      [x + 330, y],
      [x + 306, y + 40],
      [x + 22, y + 40],
    ],
    '#7a2e39',
  );
  c.rect(x + 4, y - 5, 322, 7, '#e8e1d2');
  const palette = ['#c8553d', '#3f7cac', '#e0a458', '#5b8e7d'];
  for (let i = 0; i < 14; i++) {
    const [col, row] = [i % 7, Math.floor(i / 7)];
    container(c, x + 88 + col * 32, y - 21 - row * 16, 30, 15, palette[(i * 3 + row) % 4]);
  }
  c.rect(x + 22, y - 58, 56, 54, '#e8e1d2');
  c.rect(x + 16, y - 66, 68, 10, '#cfc6b4');
  for (let row = 0; row < 3; row++) {
    for (let col = 0; col < 5; col++) c.rect(x + 28 + col * 10, y - 50 + row * 16, 6, 7, '#ffd98a');
  }
  c.rect(x + 46, y - 86, 14, 20, '#7a2e39');
  lamp(c, x + 318, y - 14, 3, '#ff6a5a', 0.5 + 0.5 * wave(t, 30));
  c.rect(x + 10, y + 40, 306, 3, '#e9f4ee', 0.35);
}

function car(c, x, y, color) {
  c.rect(x, y - 9, 44, 11, color);
  c.polygon(
    [
      [x + 8, y - 9],
      [x + 14, y - 18],
      [x + 31, y - 18],
      [x + 38, y - 9],
    ],
    mix(color, '#000000', 0.25),
  );
  c.rect(x + 17, y - 16, 12, 6, '#dff3f5');
  for (const wheel of [10, 34]) c.circle(x + wheel, y + 3, 5, '#0c0f11');
  lamp(c, x + 44, y - 4, 2, '#fff4c7');
}

function person(c, x, y, t, coat, bag) {
  const step = Math.sin(2 * Math.PI * t * 60) * 9;
  c.ellipse(x + 30, y + 2, 20, 4, '#2b211c', 0.35);
  c.line(x + 30, y - 34, x + 30 + step, y, 7, '#1c1a22');
  c.line(x + 30, y - 34, x + 30 - step, y, 7, '#1c1a22');
  c.polygon(
    [
      [x + 20, y - 72],
      [x + 40, y - 72],
      [x + 43, y - 28],
      [x + 17, y - 28],
    ],
    coat,
  );
  c.circle(x + 30, y - 82, 9, '#d9a58b');
  c.rect(x + 36, y - 48, 14, 18, bag);
}
