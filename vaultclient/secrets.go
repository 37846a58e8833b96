package vaultclient

import (
	"context"
	"encoding/json"
)

// Secrets are the values of a record. Keep them no longer than needed.
type Secrets struct {
	Fields []SecretField // standard fields, then custom ones
	Notes  Secret
}

// SecretField is one field of a record. An object value, such as a host or a key pair, is given as its JSON text.
type SecretField struct {
	Type   string
	Label  string
	Custom bool
	Values []Secret
}

// RecordWithSecrets is the answer of GetSecrets.
type RecordWithSecrets struct {
	Record  Record
	Secrets Secrets
}

// GetSecrets is GetRecord with the values of the record: for a value the service generated and for comparing an update.
func (c *Client) GetSecrets(ctx context.Context, uid UID) (RecordWithSecrets, error) {
	return get(ctx, c, uid, parseSecrets)
}

func parseSecrets(r Reply, uid UID) (RecordWithSecrets, error) {
	object, err := parseObject(r, uid)
	if err != nil {
		return RecordWithSecrets{}, err
	}
	record, ok := object.(Record)
	if !ok {
		return RecordWithSecrets{}, &Error{Kind: ErrWrongObject, HTTP: r.code}
	}
	type wireField struct {
		Type  string            `json:"type"`
		Label string            `json:"label"`
		Value []json.RawMessage `json:"value"`
	}
	var w struct {
		Fields []wireField `json:"fields"`
		Custom []wireField `json:"custom"`
		Notes  string      `json:"notes"`
	}
	if json.Unmarshal(r.data, &w) != nil {
		return RecordWithSecrets{}, failed(r)
	}
	s := Secrets{Notes: NewSecret(w.Notes)}
	for i, f := range append(w.Fields, w.Custom...) {
		field := SecretField{Type: f.Type, Label: f.Label, Custom: i >= len(w.Fields)}
		for _, v := range f.Value {
			var text string
			if json.Unmarshal(v, &text) != nil {
				text = string(v)
			}
			field.Values = append(field.Values, NewSecret(text))
		}
		s.Fields = append(s.Fields, field)
	}
	return RecordWithSecrets{record, s}, nil
}

// Value returns the first value of the field that Field names as orders do, and whether the record has one. Object values are their
// JSON text.
func (s Secrets) Value(f Field) (Secret, bool) {
	values := s.values(f)
	if len(values) == 0 {
		return Secret{}, false
	}
	return values[0], true
}
