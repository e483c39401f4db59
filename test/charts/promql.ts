const WORDS = new Set('and or unless on by without ignoring group_left group_right offset bool inf nan'.split(' '));

/** Names of metrics in an expression of PromQL: identifiers that are no function, keyword, label or part of text. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"|'[^']*'/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  return [
    ...new Set(
      [...bare.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)(\s*\()?/g)].flatMap(([, name = '', call]) =>
        call || WORDS.has(name.toLowerCase()) ? [] : [name],
      ),
    ),
  ];
}
