package sshserver

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// NewHostKey makes a host key, as ssh-keygen would write it into a file.
func NewHostKey() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a host key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(key, "countersign")
	if err != nil {
		return nil, fmt.Errorf("make a host key: %w", err)
	}
	return pem.EncodeToMemory(block), nil
}

// ParseHostKey reads a host key, as ssh-keygen writes it, without a passphrase.
func ParseHostKey(text []byte) (ssh.Signer, error) {
	key, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, errors.New("the host key has a passphrase, which nobody types here: use one without")
	case err != nil:
		// What the parser says may hold what it read.
		return nil, errors.New("the host key cannot be read: expected a private key as ssh-keygen writes it")
	}
	if weak(key.PublicKey()) {
		return nil, fmt.Errorf("the host key is an RSA key shorter than %d bits: use a longer one, or an ed25519 key", leastRSA)
	}
	if key.PublicKey().Type() != ssh.KeyAlgoRSA {
		return key, nil
	}
	// By itself such a key would also sign with SHA-1.
	signer, can := key.(ssh.AlgorithmSigner)
	if !can {
		return nil, errors.New("the host key cannot sign without SHA-1: use an ed25519 key")
	}
	return ssh.NewSignerWithAlgorithms(signer, []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256})
}

// ParsePublicKeys reads the public keys of authorities, or revoked ones, one a line;
// empty lines and those that begin with # do not count.
func ParsePublicKeys(text []byte) ([]ssh.PublicKey, error) {
	var all []ssh.PublicKey
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
			continue
		}
		key, _, options, _, err := ssh.ParseAuthorizedKey(line)
		_, certificate := key.(*ssh.Certificate)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: expected a public key, as in a file that ends in .pub", n)
		case len(options) > 0:
			return nil, fmt.Errorf("line %d: options before the key are not kept here: leave them out", n)
		case certificate:
			return nil, fmt.Errorf("line %d: this is a certificate, not a key", n)
		}
		all = append(all, key)
	}
	return all, nil
}
