import { ValidateBy } from 'class-validator';
import { validateCronExpression } from 'cron';

/** A document with a mistyped expression is rejected; the schedule never sees it. */
export function IsCron(): PropertyDecorator {
  const validate = (value: unknown): boolean =>
    typeof value === 'string' && validateCronExpression(value).valid;
  const defaultMessage = (): string => '$property must be a cron expression';
  return ValidateBy({ name: 'isCron', validator: { validate, defaultMessage } });
}
