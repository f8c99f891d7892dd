// Verifies an OpenSSF Model Signing bundle with Sigstore's own verifier: node sigstore.mjs BUNDLE PUBLIC-KEY.
// Exit 0 and the files that were signed, one a line; exit 1 and the reason.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { Verifier, toSignedEntity } from '@sigstore/verify';

const [path, keyFile] = process.argv.slice(2);
const key = createPublicKey(readFileSync(keyFile, 'utf8'));
const bundle = bundleFromJSON(JSON.parse(readFileSync(path, 'utf8')));
const hint = bundle.verificationMaterial.content.publicKey?.hint;
const trust = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey: (asked) => {
    if (asked !== hint) throw new Error(`asked for key ${asked}`);
    return { publicKey: key, validFor: () => true };
  },
};
// The verifier hashes with SHA-256 whatever the curve is; Model Signing takes the hash that goes with the curve.
const hash = { prime256v1: null, secp384r1: 'sha384', secp521r1: 'sha512' }[key.asymmetricKeyDetails.namedCurve];
if (hash) {
  const { payload, payloadType, signatures } = bundle.content.dsseEnvelope;
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
  if (!verify(hash, signed, key, signatures[0].sig)) {
    console.log(`${hash}: signature verification failed`);
    process.exit(1);
  }
} else try {
  new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0, tsaThreshold: 0 }).verify(toSignedEntity(bundle));
} catch (fault) {
  console.log(`${fault.code}: ${fault.message}`);
  process.exit(1);
}
const statement = JSON.parse(bundle.content.dsseEnvelope.payload.toString('utf8'));
console.log(hint);
for (const file of statement.predicate.resources) console.log(`${file.name} ${file.digest}`);
