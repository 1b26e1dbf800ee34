interface Example {
  name: string;
  value: object;
}

const TRY_AGAIN = 'The server cannot do this at the moment. Please try again in a second.';

const platform = (code: number, message: string): Example => ({
  name: message,
  value: { error: true, code, message },
});

const oauth = (error: string, description: string): Example => ({
  name: description,
  value: { error, error_description: description },
});

const file = (errorCode: number, message: string): Example => ({ name: message, value: { errorCode, message } });

const client = (code: string, message: string): Example => ({ name: message, value: { message, code } });

/** Examples of error responses by schema and status, for responses whose decorators declare none. */
export const ERROR_EXAMPLES: Readonly<Record<string, Readonly<Record<number, readonly Example[]>>>> = {
  PlatformErrorDto: {
    400: [
      platform(400105, 'nickname must be required.'),
      platform(400401, 'The API token is missing or invalid.'),
      platform(400108, 'This credential lacks the required scope.'),
      platform(400201, '"User" not found.'),
    ],
    413: [platform(400110, 'The body may have 262144 bytes at most.')],
    415: [platform(400403, 'The charset of a body must be UTF-8.')],
    429: [platform(500910, 'Too many requests: a token may send 1000 in a second.')],
    500: [platform(500901, 'Unexpected error. Its id in the log is 01hc7akt8z3w2a5ayfcrvkfy52.')],
    503: [platform(500901, TRY_AGAIN)],
  },
  ClientErrorDto: {
    400: [
      client('invalid_url', 'The path of the URL is not valid percent-encoded UTF-8, or contains a NUL character.'),
    ],
    404: [client('file.not_found', 'File not found.')],
  },
  ConnectorOAuthErrorDto: {
    400: [oauth('unsupported_grant_type', 'Only the grant type "password" is supported.')],
    401: [oauth('invalid_grant', 'Unknown bot or wrong password.')],
    429: [
      oauth(
        'invalid_request',
        'Too many failed attempts from this address: at most 20 per minute. Try again in 12 seconds.',
      ),
    ],
  },
  ConnectorFileErrorDto: {
    400: [file(408, 'Declared file size is 10 bytes, actual size is 12 bytes.')],
    403: [file(403, 'The link has expired. Request a new one.')],
    404: [file(404, 'File not found.'), file(407, 'Upload task not found, used or expired.')],
    429: [file(400, 'At most 50 uploads can be in progress at a time.')],
    503: [file(400, 'File storage is unavailable.')],
  },
};
