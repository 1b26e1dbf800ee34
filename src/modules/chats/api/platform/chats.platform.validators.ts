import { ValidateBy } from 'class-validator';

const STATES: readonly unknown[] = ['joined', 'invited_by_friend', 'invited_by_non_friend'];

/** For `invitation_status`: states by user id. */
export const AreInvitationStates = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'areInvitationStates',
      validator: {
        validate: (value: unknown) =>
          typeof value !== 'object' || value === null || Object.values(value).every((state) => STATES.includes(state)),
      },
    },
    { message: `$property may have the values ${STATES.join(', ')} only` },
  );
