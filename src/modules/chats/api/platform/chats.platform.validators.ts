import { ValidateBy } from 'class-validator';

const STATES: readonly unknown[] = ['joined', 'invited_by_friend', 'invited_by_non_friend'];

const HIDDEN_STATES: readonly unknown[] = ['unhidden', 'hidden_allow_auto_unhide', 'hidden_prevent_auto_unhide'];

/** For `hidden_status`: states by user id. */
export const AreHiddenStates = (): PropertyDecorator => valuesAre('areHiddenStates', HIDDEN_STATES);

/** For `invitation_status`: states by user id. */
export const AreInvitationStates = (): PropertyDecorator => valuesAre('areInvitationStates', STATES);

const valuesAre = (name: string, allowed: readonly unknown[]): PropertyDecorator =>
  ValidateBy(
    {
      name,
      validator: {
        validate: (value: unknown) =>
          typeof value !== 'object' || value === null || Object.values(value).every((state) => allowed.includes(state)),
      },
    },
    { message: `$property must contain only the values ${allowed.join(', ')}` },
  );
