import { defineRule } from '../rule.ts';

export const unusedAllowance = defineRule({
  code: 'CNN5044',
  name: 'unused-allowance',
  level: 'warning',
  title: '`allow` that silences nothing',
  explanation:
    '`allow CNN5001 "reason"` silences what one rule finds in the statement, setting or item behind it. Where the rule finds nothing there, what was to be allowed has gone, or the code is another one. An error that no rule found cannot be allowed.',
  needs: ['allowances'],
  check: ({ allowances }) =>
    allowances
      .filter(({ isUsed }) => !isUsed)
      .map(({ statement: { code, span }, isKnown }) => ({
        message: isKnown
          ? `\`${code.text}\` is allowed, and not found in what follows`
          : `\`${code.text}\` is the code of no rule`,
        span,
        fix: {
          message: isKnown ? 'remove it' : '`cnnc explain` lists the codes of rules',
          edits: [{ span, replacement: '' }],
        },
      })),
  examples: [
    {
      wrong: 'allow CNN5001 "the bias is read elsewhere"\ny = image -> dense(10)',
      right:
        'allow CNN5001 "as torchvision has it"\ny = image -> conv(16, 3x3) -> batchnorm -> relu -> maxpool(2) -> dense(10)',
    },
  ],
});
