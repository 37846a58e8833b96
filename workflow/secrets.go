package workflow

import (
	"errors"
	"fmt"
	"slices"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

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

// makesLink reports whether an order leads to a link that is told only once.
func makesLink(op model.Operation) bool {
	return op.Kind == model.OpLink || op.Kind == model.OpCreate && op.Intent.Create.Destroys > 0
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
		plain, err := w.open(row, op.Intent.Number)
		if !found {
			err = fmt.Errorf("the sealed answer to %q is missing: the requestor has to order again", field)
		}
		if err != nil {
			for _, done := range open {
				seal.Wipe(done)
			}
			return nil, err
		}
		open[field] = plain
	}
	return open, nil
}

// open opens a sealed answer of a request. It must be the very ciphertext that
// was approved, or what a rotation of keys made of it.
func (w *Worker) open(row store.SealedSecret, n model.Number) ([]byte, error) {
	if err := asApproved(row); err != nil {
		return nil, err
	}
	plain, err := seal.Open(w.identities(), binding(n, row.Field), row.Body)
	if errors.Is(err, seal.ErrWrongIdentity) && w.readIdentities() {
		plain, err = seal.Open(w.identities(), binding(n, row.Field), row.Body)
	}
	if err != nil {
		return nil, fmt.Errorf("the sealed answer to %q cannot be opened: %w; give the worker the identity it is sealed to", row.Field, err)
	}
	return plain, nil
}

// identities are the keys that the worker has now.
func (w *Worker) identities() []seal.Identity { return *w.keys.Load() }

// readIdentities reads the worker's keys anew, which a rotation may have changed,
// and reports whether that went well.
func (w *Worker) readIdentities() bool {
	if w.opt.ReadIdentities == nil {
		return false
	}
	keys, err := w.opt.ReadIdentities()
	if err != nil {
		w.log.Warn("the worker's identity could not be read again", "error", err)
		return false
	}
	w.keys.Store(&keys)
	return true
}

// canOpen reports whether the worker could open what is sealed to the first
// recipient of the configuration.
func (w *Worker) canOpen() bool {
	to := w.svc.settings.Recipients
	if len(to) == 0 {
		return false
	}
	mine := func(i seal.Identity) bool { return i.KeyID() == to[0].KeyID() }
	return slices.ContainsFunc(w.identities(), mine) || w.readIdentities() && slices.ContainsFunc(w.identities(), mine)
}

// lacks reports whether sealed answers that the order names could not be opened.
func (o Order) lacks() bool { return len(o.Secrets) < len(sealedFields(o.Intent)) }

// wipe overwrites the opened answers.
func (o Order) wipe() {
	for _, plain := range o.Secrets {
		seal.Wipe(plain)
	}
}
