package cli

import (
	"errors"
	"fmt"
	"slices"

	"countersign/config"
	"countersign/seal"
)

// recipients are the public keys that secrets are sealed to.
func recipients(conf config.Config) ([]seal.Recipient, error) {
	to, err := seal.ParseRecipients(conf.Seal.Recipients)
	if err != nil {
		return nil, fmt.Errorf("%w: [seal] recipients: %w", errConfig, err)
	}
	return to, nil
}

// identitiesOf returns how the worker reads its identities, nil where it has none
// and needs none. The present ones are checked: a worker that could not open what
// is sealed is found out when it starts, not when somebody waits.
func (a *app) identitiesOf(conf config.Config) (func() ([]seal.Identity, error), error) {
	to, err := recipients(conf)
	if err != nil {
		return nil, err
	}
	keys := func() ([]seal.Identity, error) { return a.identities(conf) }
	have, err := keys()
	switch {
	case errors.Is(err, config.ErrNoSecret) && len(to) == 0:
		return nil, nil
	case errors.Is(err, config.ErrNoSecret):
		return nil, fmt.Errorf("%w: secrets are sealed to [seal] recipients, and the worker has no identity to open them: name its file as identity under [seal]", errConfig)
	case err != nil:
		return nil, err
	case len(to) > 0 && !slices.ContainsFunc(have, func(i seal.Identity) bool { return i.KeyID() == to[0].KeyID() }):
		return nil, fmt.Errorf("%w: the worker's identity does not belong to the first of [seal] recipients: write %s there, or give the worker the identity of the other", errConfig, have[0].Recipient())
	}
	return keys, nil
}

// identities reads the worker's secret keys.
func (a *app) identities(conf config.Config) ([]seal.Identity, error) {
	text, err := conf.Seal.Identity(a.Env)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	defer seal.Wipe(text)
	keys, err := seal.ParseIdentities(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w: the identity that opens sealed answers: %w", errConfig, err)
	}
	return keys, nil
}
