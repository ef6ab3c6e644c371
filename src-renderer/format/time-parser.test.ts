import { describe, expect, it } from 'vitest';
import { parseLengthUs, parseTime } from './time-parser.ts';

const us = (iso: string): number => Date.parse(iso) * 1000;
const context = {
  timeZone: 'Europe/Berlin',
  referenceUs: us('2026-11-22T13:04:31.233Z'),
  nowUs: us('2026-11-23T09:00:00Z'),
};

function iso(text: string, overrides: Partial<typeof context> = {}): string {
  const parsed = parseTime(text, { ...context, ...overrides });
  return parsed.ok ? new Date(parsed.us / 1000).toISOString() : parsed.message;
}

describe('typed times', () => {
  it.each([
    ['14:03:20', '2026-11-22T13:03:20.000Z'],
    ['14:03', '2026-11-22T13:03:00.000Z'],
    [' 9:03:20.5 ', '2026-11-22T08:03:20.500Z'],
    ['14:03:20,041', '2026-11-22T13:03:20.041Z'],
    ['22 Nov 14:03', '2026-11-22T13:03:00.000Z'],
    ['Sun 22 Nov 2025 14:03:20.041', '2025-11-22T13:03:20.041Z'],
    ['22. November 2026, 14:03', '2026-11-22T13:03:00.000Z'],
    ['Nov 22, 2026 14:03', '2026-11-22T13:03:00.000Z'],
    ['24 Dec 20:00', '2025-12-24T19:00:00.000Z'],
    ['22.11.2026 14:03', '2026-11-22T13:03:00.000Z'],
    ['2026-11-22', '2026-11-21T23:00:00.000Z'],
    ['2026-11-22 14:03', '2026-11-22T13:03:00.000Z'],
    ['2026-11-22T14:03:20Z', '2026-11-22T14:03:20.000Z'],
    ['2026-11-22T14:03:20.5+02:00', '2026-11-22T12:03:20.500Z'],
    ['2026-11-22T14:03:20-0530', '2026-11-22T19:33:20.000Z'],
    ['now', '2026-11-23T09:00:00.000Z'],
    ['today 08:00', '2026-11-23T07:00:00.000Z'],
    ['yesterday', '2026-11-21T23:00:00.000Z'],
    ['-5m', '2026-11-22T12:59:31.233Z'],
    ['−1h 30m', '2026-11-22T11:34:31.233Z'],
    ['+250ms', '2026-11-22T13:04:31.483Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it('takes the first of a time that comes twice and moves on one that is left out', () => {
    const autumn = { referenceUs: us('2026-10-25T12:00:00Z') };
    expect(iso('02:30', autumn)).toBe('2026-10-25T00:30:00.000Z');
    const spring = { referenceUs: us('2026-03-29T12:00:00Z') };
    expect(iso('02:30', spring)).toBe('2026-03-29T01:30:00.000Z');
    expect(iso('22:00', spring)).toBe('2026-03-29T20:00:00.000Z');
  });

  it.each([
    ['', 'Type a time'],
    ['tomorrowish', 'is not a time'],
    ['25:00', 'Hours go to 23'],
    ['31 Feb 10:00', 'no day 31'],
    ['12 Foo', 'not a month'],
    ['2026-13-01', 'no month 13'],
  ])('says what is wrong with %s', (text, expected) => {
    expect(iso(text)).toContain(expected);
  });
});

describe('typed lengths', () => {
  it.each([
    ['10', 10_000_000],
    ['1.5', 1_500_000],
    ['90s', 90_000_000],
    ['1m30s', 90_000_000],
    ['1 min 44.96 s', 104_960_000],
    ['1:30', 90_000_000],
    ['0:01:30.5', 90_500_000],
    ['soon', null],
    ['', null],
  ])('reads %s', (text, expected) => {
    expect(parseLengthUs(text)).toBe(expected);
  });
});

describe('times as the command palette is given them', () => {
  const atUs = Date.UTC(2026, 10, 22, 13, 4, 31, 233) * 1000;
  const parse = (text: string) => {
    const time = parseTime(text, { timeZone: 'Europe/Berlin', referenceUs: atUs, nowUs: atUs });
    return time.ok ? time.us : null;
  };

  it.each([
    ['14:04', '2026-11-22T13:04:00.000Z'],
    ['14:04:31.5', '2026-11-22T13:04:31.500Z'],
    ['2026-11-21', '2026-11-20T23:00:00.000Z'],
    ['2026-11-21 6:00', '2026-11-21T05:00:00.000Z'],
    ['2026-11-21T06:00:01', '2026-11-21T05:00:01.000Z'],
    ['2026-11-21T06:00:01Z', '2026-11-21T06:00:01.000Z'],
    ['2026-11-21 06:00-02:30', '2026-11-21T08:30:00.000Z'],
    ['yesterday 23:59', '2026-11-21T22:59:00.000Z'],
    ['today', '2026-11-21T23:00:00.000Z'],
    ['1795352671233', new Date(1_795_352_671_233).toISOString()],
  ])('reads %s', (text, iso) => {
    const timeUs = parse(text);
    expect(timeUs === null ? null : new Date(timeUs / 1000).toISOString()).toBe(iso);
  });

  it('keeps microseconds', () => {
    expect(parse('1795352671233123')).toBe(1_795_352_671_233_123);
    expect((parse('14:04:31.000123') ?? 0) % 1000).toBe(123);
  });

  it.each(['', 'quay-west', '25:00', '14:60', '2026-02-30', '2026-11-21 6', '14', '1:2:3:4'])(
    'does not take %s for a time',
    (text) => {
      expect(parse(text)).toBeNull();
    },
  );
});
