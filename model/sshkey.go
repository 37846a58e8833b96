package model

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PublicKey is an SSH key that opens somebody's console.
type PublicKey struct {
	Kind string // as "ssh-ed25519"
	Data string // base64, padded
	Note string // what its owner calls it; foreign text
}

// publicKeyKinds are the kinds that are taken: what OpenSSH makes today, without
// DSA. Certificates are no keys: whom they belong to, their authority says.
func publicKeyKinds() []string {
	return []string{"ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
		"sk-ecdsa-sha2-nistp256@openssh.com", "ssh-rsa"}
}

// leastRSA is the length of the encoded form that an RSA key of 2048 bits has at
// least.
const leastRSA = 270

// ParsePublicKey reads a line as ssh-keygen writes it into a file that ends in
// .pub: kind, key, and anything else as a note. Options before the key are not
// taken, because nothing here would keep them.
func ParsePublicKey(line string) (PublicKey, error) {
	if strings.ContainsAny(line, "\r\n") {
		return PublicKey{}, errors.New("more than one line: give one key at a time")
	}
	fields := strings.Fields(line)
	switch {
	case strings.Contains(line, "PRIVATE KEY"):
		return PublicKey{}, errors.New("this is a private key: keep it to yourself, and give the file that ends in .pub")
	case len(fields) < 2:
		return PublicKey{}, errors.New("not a public key: expected a line as in a file that ends in .pub, such as ssh-ed25519 AAAA… laptop")
	case strings.Contains(fields[0], "-cert-v01@"):
		return PublicKey{}, errors.New("this is a certificate: name its authority as user_ca under [serve] instead")
	case !slices.Contains(publicKeyKinds(), fields[0]):
		return PublicKey{}, fmt.Errorf("%q is no kind of key that is taken here: one of %s, without options before it", fields[0],
			strings.Join(publicKeyKinds(), ", "))
	}
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || !namesKind(blob, fields[0]) {
		return PublicKey{}, errors.New("this key is damaged: copy the whole line of the file that ends in .pub")
	}
	if fields[0] == "ssh-rsa" && len(blob) < leastRSA {
		return PublicKey{}, errors.New("this RSA key is too short: 2048 bits are the least, and ssh-keygen -t ed25519 makes a better one")
	}
	return PublicKey{Kind: fields[0], Data: base64.StdEncoding.EncodeToString(blob), Note: strings.Join(fields[2:], " ")}, nil
}

// namesKind reports whether the encoded form begins with the kind, as RFC 4253,
// 6.6 wants it, and holds something behind it.
func namesKind(blob []byte, kind string) bool {
	if len(blob) < 4 {
		return false
	}
	n := uint64(binary.BigEndian.Uint32(blob))
	return n == uint64(len(kind)) && uint64(len(blob)) > 4+n && string(blob[4:4+n]) == kind
}

// Line is the key without its note, always the same for the same key.
func (k PublicKey) Line() string { return k.Kind + " " + k.Data }

// String is the key with its note, as ParsePublicKey reads it.
func (k PublicKey) String() string { return strings.TrimRight(k.Line()+" "+k.Note, " ") }

// Fingerprint names the key as OpenSSH does: SHA256: and 43 characters.
func (k PublicKey) Fingerprint() string {
	blob, err := base64.StdEncoding.DecodeString(k.Data)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(blob)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
