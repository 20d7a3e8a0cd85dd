import type { DocumentSource } from '../contract/index.js';

/** NATS if `NATS_URL` is set, else the files of `./configs`. Loaded here, so that no service loads a source that it does not use. */
export async function defaultSource(): Promise<DocumentSource> {
  const servers = process.env['NATS_URL'];
  if (servers) {
    const { natsSource } = await import('../nats/index.js');
    return natsSource({ servers });
  }
  const { fileSource } = await import('../files/index.js');
  return fileSource({ directory: 'configs' });
}
