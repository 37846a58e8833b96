package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
)

// Env looks a variable of the environment up, as os.LookupEnv does.
type Env func(name string) (string, bool)

// ErrNoSecret says that nothing says where a secret is.
var ErrNoSecret = errors.New("not configured")

// credentialsDir names the variable that systemd sets to the folder of a
// service's credentials.
const credentialsDir = "CREDENTIALS_DIRECTORY"

// source says where one secret comes from. A systemd credential of that name
// comes first, since the administrator who delivers one means it (STORAGE 4);
// of the other places the file names at most one.
type source struct {
	credential string // file name under $CREDENTIALS_DIRECTORY
	file       string // absolute path, "" if none
	variable   string // environment variable, "" if none
	inline     Secret
}

// read returns the bytes of the secret as they lie there. The error wraps
// ErrNoSecret where there is no place to look, ErrExposed where the place is not
// private; it never holds the secret.
func (s source) read(env Env) ([]byte, error) {
	if dir, ok := env(credentialsDir); ok && filepath.IsAbs(dir) {
		b, err := readCredential(filepath.Join(dir, s.credential))
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	switch {
	case s.file != "":
		return ReadPrivate(s.file)
	case s.variable != "":
		text, ok := env(s.variable)
		if !ok || text == "" {
			return nil, fmt.Errorf("the environment variable %s is not set", s.variable)
		}
		return []byte(text), nil
	case !s.inline.IsZero():
		return []byte(s.inline.Reveal()), nil
	}
	return nil, ErrNoSecret
}

// APIKey reads the key that the vault service knows us by. The worker calls it;
// a console has no need to. Errors are those of the place it lies in, ErrNoSecret
// if there is none.
func (v Vault) APIKey(env Env) (Secret, error) {
	b, err := v.key.read(env)
	if errors.Is(err, ErrNoSecret) {
		return Secret{}, fmt.Errorf("the vault service's API key: %w: put it into a file with mode 600 and name that as api_key_file under [vault]", err)
	}
	if err != nil {
		return Secret{}, fmt.Errorf("the vault service's API key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	// It becomes an HTTP header: one word of visible ASCII.
	if !visibleASCII(key) {
		return Secret{}, errors.New("the vault service's API key: expected one word of letters, digits and signs, as service-create printed it")
	}
	return newSecret(key), nil
}

// Identity reads the worker's secret keys, as the age tools write them. The error
// wraps ErrNoSecret where none is configured, which is how it is at a console. The
// caller wipes the bytes.
func (s Seal) Identity(env Env) ([]byte, error) {
	b, err := s.identity.read(env)
	if err != nil {
		return nil, fmt.Errorf("the identity that opens sealed answers: %w", err)
	}
	return b, nil
}

func visibleASCII(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// encryptionKey is the form of PROTOCOL 15.
var encryptionKey = regexp.MustCompile(`^[A-Za-z0-9@#$%^&+=]{32}$`)

// EncryptionKey reads the key that the service encrypts its answers with. The
// error wraps ErrNoSecret where none is configured, which is usual.
func (v Vault) EncryptionKey(env Env) (Secret, error) {
	b, err := v.encryption.read(env)
	if err != nil {
		return Secret{}, fmt.Errorf("the vault service's encryption key: %w", err)
	}
	key := strings.TrimSpace(string(b))
	if !encryptionKey.MatchString(key) {
		return Secret{}, errors.New("the vault service's encryption key: expected exactly 32 letters, digits or signs of @#$%^&+=")
	}
	return newSecret(key), nil
}
