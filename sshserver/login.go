package sshserver

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"
)

// login is one handshake.
type login struct {
	server *Server
	ctx    context.Context
	// For the log alone: who the client says it is, what it offered, and why that
	// was refused.
	name  string
	tried []string
}

// credentialKey is where the finished handshake holds the credential that was
// proved.
type credentialKey struct{}

// config are the rules of one handshake.
func (l *login) config() *ssh.ServerConfig {
	c := &ssh.ServerConfig{
		Config:        transport(),
		ServerVersion: "SSH-2.0-countersign",
		MaxAuthTries:  mostTries,
		// What OpenSSH offers today, without SHA-1.
		PublicKeyAuthAlgorithms: []string{ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoECDSA256,
			ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512},
		PublicKeyCallback: l.offered,
		AuthLogCallback: func(meta ssh.ConnMetadata, method string, err error) {
			l.name = strconv.Quote(shortened(meta.User()))
			if err != nil && method != "none" && method != "publickey" {
				l.note(strconv.Quote(shortened(method)), err)
			}
		},
	}
	for _, key := range l.server.opt.HostKeys {
		c.AddHostKey(key)
	}
	return c
}

// transport is what protects a connection: what the library supports and holds to be
// safe, without what rests on SHA-1, which its defaults still have for old clients.
func transport() ssh.Config {
	all := ssh.SupportedAlgorithms()
	old := func(name string) bool { return strings.Contains(name, "sha1") }
	return ssh.Config{KeyExchanges: slices.DeleteFunc(all.KeyExchanges, old), Ciphers: all.Ciphers, MACs: slices.DeleteFunc(all.MACs, old)}
}

const (
	// mostTries is how many keys one connection may fail with, as with OpenSSH.
	mostTries = 6
	// mostTried bounds what is noted of one handshake, and mostWord a word that a
	// client chose, in bytes.
	mostTried = 8
	mostWord  = 64
)

func (l *login) note(what string, err error) {
	if len(l.tried) < mostTried {
		l.tried = append(l.tried, what+": "+err.Error())
	}
}

// shortened is a word as the log has it, however long a client made it.
func shortened(word string) string {
	if len(word) <= mostWord {
		return word
	}
	return strings.ToValidUTF8(word[:mostWord], "") + "…"
}

// offered says whether a key that a client offers would let it in. It is called
// before anything is proved, so it keeps nothing: the credential goes into the
// permissions, of which the handshake returns those of the key that was proved.
func (l *login) offered(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	c, perms, err := l.server.credential(meta, key)
	if err == nil {
		_, err = l.server.opt.Who(l.ctx, c)
	}
	if err != nil {
		l.note(ssh.FingerprintSHA256(key), err)
		return nil, err
	}
	l.note(c.Fingerprint, errUnproved)
	perms.ExtraData = map[any]any{credentialKey{}: c}
	return perms, nil
}

// errUnproved stands beside a key that would have let somebody in.
var errUnproved = errors.New("not proved")

// credential is what a key stands for, if it may be used at all.
func (s *Server) credential(meta ssh.ConnMetadata, key ssh.PublicKey) (Credential, *ssh.Permissions, error) {
	cert, certified := key.(*ssh.Certificate)
	plain := key
	if certified {
		plain = cert.Key
	}
	c := Credential{Key: lineOf(plain), Fingerprint: ssh.FingerprintSHA256(plain)}
	if s.revoked(c.Fingerprint) {
		return c, nil, errRevoked
	}
	if weak(plain) {
		return c, nil, errors.New("this RSA key is shorter than 2048 bits")
	}
	if !certified {
		return c, &ssh.Permissions{}, nil
	}
	perms, err := s.certified(meta, cert)
	c.Authority = ssh.FingerprintSHA256(cert.SignatureKey)
	c.Name, c.Certificate = meta.User(), fmt.Sprintf("%s (serial %d)", strconv.Quote(cert.KeyId), cert.Serial)
	return c, perms, err
}

// weak reports whether a key is an RSA key of a length that is no longer safe.
func weak(key ssh.PublicKey) bool {
	k, known := key.(ssh.CryptoPublicKey)
	if !known {
		return false
	}
	r, is := k.CryptoPublicKey().(*rsa.PublicKey)
	return is && r.N.BitLen() < leastRSA
}

// leastRSA is the shortest RSA key that opens anything, in bits.
const leastRSA = 2048

// certified checks a certificate: its kind, its authority and its signature, when
// it holds, for whom, from where. Options that are critical and not known refuse
// it, as do those that would have to run a command.
func (s *Server) certified(meta ssh.ConnMetadata, cert *ssh.Certificate) (*ssh.Permissions, error) {
	if len(cert.ValidPrincipals) == 0 {
		// The library takes this for a certificate for everybody, as OpenSSH once did.
		return nil, errors.New("the certificate names nobody")
	}
	check := &ssh.CertChecker{Clock: s.opt.Now, IsUserAuthority: s.isAuthority, IsRevoked: func(cert *ssh.Certificate) bool {
		return s.revoked(ssh.FingerprintSHA256(cert.SignatureKey))
	}}
	if weak(cert.SignatureKey) {
		return nil, errors.New("the RSA key of the authority is shorter than 2048 bits")
	}
	if cert.Signature.Format == ssh.KeyAlgoRSA {
		return nil, errors.New("the authority has signed with SHA-1: sign with ssh-keygen -t rsa-sha2-512")
	}
	perms, err := check.Authenticate(meta, cert)
	if err != nil {
		return nil, err
	}
	// Only what the server looks at goes on: the address that the library compares,
	// and whether the authority allows a terminal.
	return &ssh.Permissions{CriticalOptions: perms.CriticalOptions, Extensions: perms.Extensions}, nil
}

// errRevoked says that a key, or the authority that certified it, was taken back.
var errRevoked = errors.New("this key is revoked")

// revoked reports whether the key with the fingerprint is taken back.
func (s *Server) revoked(fingerprint string) bool {
	return s.opt.Revoked != nil && s.opt.Revoked(fingerprint)
}

func (s *Server) isAuthority(key ssh.PublicKey) bool {
	for _, a := range s.opt.Authorities {
		if bytes.Equal(a.Marshal(), key.Marshal()) {
			return true
		}
	}
	return false
}

// lineOf is a key as in an authorized_keys file, without a note.
func lineOf(key ssh.PublicKey) string {
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
}

// welcome is the guest of a finished handshake.
func (s *Server) welcome(ctx context.Context, sc *ssh.ServerConn) (Guest, error) {
	c, proved := sc.Permissions.ExtraData[credentialKey{}].(Credential)
	if !proved {
		return Guest{}, errors.New("the handshake proved nothing")
	}
	owner, err := s.opt.Who(ctx, c)
	return Guest{Owner: owner, Credential: c, From: hostOf(sc.RemoteAddr())}, err
}
