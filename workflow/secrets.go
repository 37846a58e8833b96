package workflow

import (
	"errors"
	"fmt"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// linkField is the field under which a one-time link lies sealed until its
// requestor has seen it.
const linkField = "link"

// errNoRecipient says that nothing can be sealed here.
var errNoRecipient = errors.New("secrets cannot be kept: run `countersign keygen` and put its recipient into [seal] of the configuration")

// binding says what a sealed answer belongs to, so that rows cannot be swapped.
func binding(n model.Number, field string) seal.Binding {
	return seal.Binding{Request: string(n), Field: field}
}

// sealFor seals a secret of a request to the worker, and to whoever else the
// configuration names.
func (s *Service) sealFor(n model.Number, field string, plain []byte) (store.SealedSecret, error) {
	to := s.settings.Recipients
	if len(to) == 0 {
		return store.SealedSecret{}, errNoRecipient
	}
	body, err := seal.Seal(to, binding(n, field), plain)
	if err != nil {
		return store.SealedSecret{}, fmt.Errorf("seal %s of %s: %w", field, n, err)
	}
	return store.SealedSecret{Field: field, Commitment: seal.Commitment(body), KeyID: string(to[0].KeyID()), Body: body}, nil
}

// needsSecrets reports whether an order cannot be sent without sealed answers.
func needsSecrets(op model.Operation) bool { return len(sealedFields(op.Intent)) > 0 }

// sealedFields lists the sealed answers that an intent names.
func sealedFields(i model.Intent) []string {
	var values []model.FieldValue
	if i.Create != nil {
		values = append(values, i.Create.Fields...)
	}
	if i.Update != nil {
		values = append(append(values, i.Update.Fields...), i.Update.Notes)
	}
	var fields []string
	for _, v := range values {
		if v.Sealed {
			fields = append(fields, v.Field)
		}
	}
	return fields
}

// unseal opens the sealed answers that an operation names. Each must be the very
// ciphertext that was approved, and belong to the request and field. The caller
// wipes the result.
func (w *Worker) unseal(rows []store.SealedSecret, op model.Operation) (map[string][]byte, error) {
	fields := sealedFields(op.Intent)
	if len(fields) == 0 {
		return nil, nil
	}
	byField := map[string]store.SealedSecret{}
	for _, row := range rows {
		byField[row.Field] = row
	}
	open := map[string][]byte{}
	for _, field := range fields {
		row, found := byField[field]
		switch {
		case !found, len(row.Body) == 0:
			return nil, fmt.Errorf("the sealed answer to %q has been wiped: the requestor has to order again", field)
		case seal.Commitment(row.Body) != row.Commitment:
			return nil, fmt.Errorf("the sealed answer to %q is not the one that was approved", field)
		}
		plain, err := seal.Open(w.opt.Identities, binding(op.Intent.Number, field), row.Body)
		if err != nil {
			for _, done := range open {
				seal.Wipe(done)
			}
			return nil, fmt.Errorf("the sealed answer to %q cannot be opened: %w; give the worker the identity it is sealed to", field, err)
		}
		open[field] = plain
	}
	return open, nil
}

// wipe overwrites the opened answers.
func (o Order) wipe() {
	for _, plain := range o.Secrets {
		seal.Wipe(plain)
	}
}
