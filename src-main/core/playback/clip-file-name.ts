/** Names that Windows keeps for devices, whatever their ending. */
const DEVICE_NAMES = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const MAX_STREAM_BYTES = 150;

/**
 * `<stream> 2026-11-22 14.03.20.mp4`: safe on every file system. The time is that of `startUs` (microseconds since
 * the Unix epoch) in the time zone of this computer, as file managers show times.
 */
export function clipFileName(stream: string, startUs: number): string {
  const date = new Date(startUs / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('.');
  return `${safeName(stream)} ${day} ${time}.mp4`;
}

function safeName(stream: string): string {
  const cleaned = Array.from(stream.normalize('NFC'), (character) => (isUnsafe(character) ? '_' : character))
    .join('')
    .replace(/^[. ]+|[. ]+$/g, '');
  let name = cleaned === '' ? 'stream' : cleaned;
  if (DEVICE_NAMES.test(name)) name = `_${name}`;
  while (Buffer.byteLength(name) > MAX_STREAM_BYTES) name = Array.from(name).slice(0, -1).join('');
  return name;
}

function isUnsafe(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  const isControl = code < 32 || code === 127;
  // Direction marks can make a name look like another one.
  const isDirection = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  const isHalfPair = code >= 0xd800 && code <= 0xdfff;
  return isControl || isDirection || isHalfPair || '<>:"/\\|?*'.includes(character);
}
