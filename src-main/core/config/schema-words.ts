import Type from 'typebox';

/** Kinds of keys of liveman.toml, in the words of config-schema.ts. */

export const text = (description: string, options: object = {}) =>
  Type.String({ default: '', description, ...options });
export const flag = (description: string) => Type.Boolean({ default: false, description });
export const texts = (description: string, options: object = {}) =>
  Type.Array(Type.String(), { default: [], description, ...options });
export const count = (description: string, value: number, options: object = {}) =>
  Type.Integer({ default: value, minimum: 0, maximum: 4_294_967_295, description, ...options });
export const milliseconds = (description: string, value: number, minimum = 1) =>
  count(description, value, { unit: 'ms', minimum, maximum: Number.MAX_SAFE_INTEGER });
export const seconds = (description: string, value: number, minimum = 1) =>
  count(description, value, { unit: 's', minimum, maximum: Number.MAX_SAFE_INTEGER });
