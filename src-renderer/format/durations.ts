import { MS_PER_SECOND, US_PER_MS, US_PER_SECOND } from '../../src-shared/util/units.ts';

const S_PER_MINUTE = 60;
const S_PER_HOUR = 3600;
const S_PER_DAY = 86_400;

/** A length of recorded time with the digits it deserves: "44.96 s", "1 min 44.96 s", "2 h 03 min 05 s". */
export function formatDurationUs(durationUs: number): string {
  const sign = durationUs < 0 ? '−' : '';
  const abs = Math.abs(durationUs);
  if (abs > 0 && abs < US_PER_SECOND) return `${sign}${Math.round(abs / US_PER_MS)} ms`;
  const hundredths = Math.round(abs / (US_PER_SECOND / 100));
  const totalS = hundredths / 100;
  if (totalS < S_PER_MINUTE) return `${sign}${trimSeconds(totalS)} s`;
  if (totalS < S_PER_HOUR) {
    const minutes = Math.floor(totalS / S_PER_MINUTE);
    const restS = (hundredths - minutes * S_PER_MINUTE * 100) / 100;
    return restS === 0 ? `${sign}${minutes} min` : `${sign}${minutes} min ${trimSeconds(restS)} s`;
  }
  return sign + formatLong(Math.round(totalS));
}

function trimSeconds(seconds: number): string {
  return Number.isInteger(seconds) ? seconds.toString() : seconds.toFixed(2);
}

function formatLong(totalS: number): string {
  const days = Math.floor(totalS / S_PER_DAY);
  const hours = Math.floor((totalS % S_PER_DAY) / S_PER_HOUR);
  const minutes = Math.floor((totalS % S_PER_HOUR) / S_PER_MINUTE);
  const seconds = totalS % S_PER_MINUTE;
  if (days > 0) return `${days} d ${hours} h`;
  if (seconds === 0) return minutes === 0 ? `${hours} h` : `${hours} h ${pad2(minutes)} min`;
  return `${hours} h ${pad2(minutes)} min ${pad2(seconds)} s`;
}

function pad2(value: number): string {
  return value.toString().padStart(2, '0');
}

/** How long something lasts, in at most two units: "0.8 s", "17 s", "2 min", "6 d 4 h". */
export function formatSpanMs(spanMs: number): string {
  const totalS = Math.max(0, spanMs / MS_PER_SECOND);
  if (totalS < 10) return `${totalS.toFixed(1)} s`;
  if (totalS < S_PER_MINUTE) return `${Math.floor(totalS)} s`;
  if (totalS < S_PER_HOUR) return `${Math.floor(totalS / S_PER_MINUTE)} min`;
  if (totalS < S_PER_DAY) {
    const hours = Math.floor(totalS / S_PER_HOUR);
    const minutes = Math.floor((totalS % S_PER_HOUR) / S_PER_MINUTE);
    return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  }
  const days = Math.floor(totalS / S_PER_DAY);
  const hours = Math.floor((totalS % S_PER_DAY) / S_PER_HOUR);
  return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
}
