// Package seal keeps secret answers unreadable for everybody but the worker. It
// encrypts them with age to the worker's public key the moment they are submitted;
// only who holds the identity opens them (DESIGN 4, STORAGE 4).
//
// The rules it keeps:
//
//   - What is sealed names the request and the field that it belongs to, inside
//     the encryption, and opens only for these. Rows that were swapped in the
//     database are found out.
//   - What is sealed tells neither its length, but for steps of 256 bytes, nor
//     its readers.
//   - Sealing needs public keys only, so anybody who can write the database can
//     seal. That a request carries the very ciphertext that was approved is held by
//     the commitment in its statement, not here.
//   - No error and no printed value holds a secret or a secret key.
//   - Plaintext comes as bytes that the caller wipes. Copies inside the age and
//     runtime libraries are out of reach: wiping shortens the time that a secret
//     lies in memory, and promises no more.
package seal
