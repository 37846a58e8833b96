package vaultadapt

import (
	"fmt"
	"time"

	"countersign/model"
	"countersign/vaultclient"
	"countersign/workflow"
)

// mutation is the command that an order stands for.
func mutation(o workflow.Order) (vaultclient.Mutation, error) {
	i := o.Intent
	record, folder, email := vaultclient.UID(i.Record), vaultclient.UID(i.Folder), vaultclient.Email(i.Email)
	switch o.Kind {
	case model.OpGrant:
		return vaultclient.ShareRecord{Record: record, Email: email, Edit: i.Right.Edit(), Share: i.Right.Share(), Expiry: expiry(i), Rotate: i.Rotate}, nil
	case model.OpLower:
		return vaultclient.LowerRecord{Record: record, Email: email, DropEdit: i.DropEdit, DropShare: i.DropShare}, nil
	case model.OpRemove:
		return vaultclient.RevokeRecord{Record: record, Email: email}, nil
	case model.OpOwner:
		return vaultclient.TransferRecord{Record: record, Email: email}, nil
	case model.OpJoin:
		if i.ForTeam() {
			return vaultclient.ShareFolderTeam{Folder: folder, Team: vaultclient.UID(i.Email), ManageRecords: i.Right.ManageRecords(),
				ManageUsers: i.Right.ManageUsers()}, timeless(i)
		}
		return vaultclient.ShareFolder{Folder: folder, Email: email, ManageRecords: i.Right.ManageRecords(),
			ManageUsers: i.Right.ManageUsers(), Expiry: expiry(i)}, nil
	case model.OpLeave:
		if i.ForTeam() {
			return vaultclient.UnshareFolderTeam{Folder: folder, Team: vaultclient.UID(i.Email)}, nil
		}
		return vaultclient.UnshareFolder{Folder: folder, Email: email}, nil
	case model.OpDefaults:
		return vaultclient.FolderRecordRights{Folder: folder, Which: vaultclient.LaterRecords, CanEdit: i.Right.Edit(), CanShare: i.Right.Share()}, nil
	case model.OpLink:
		return vaultclient.OneTimeShareCreate{Record: record, Lives: lives(o), Name: string(i.Number), Editable: i.Right.Edit()}, nil
	case model.OpUnlink:
		return vaultclient.OneTimeShareRemove{Record: record, Share: vaultclient.ShareID(i.Link)}, nil
	case model.OpCreate:
		fields, err := fieldsOf(i.Create.Fields, o.Secrets, i.Create.Title)
		return vaultclient.RecordAdd{Title: i.Create.Title, Type: i.Create.Type, Folder: folder, Fields: fields,
			Marker: vaultclient.Marker(i.Create.Marker), SelfDestruct: i.Create.Destroys}, err
	case model.OpUpdate:
		return update(o)
	case model.OpEndpointApprove:
		return vaultclient.EPMAction{Approval: vaultclient.UID(i.Approval), Verb: vaultclient.EPMApprove}, nil
	case model.OpEndpointDeny:
		return vaultclient.EPMAction{Approval: vaultclient.UID(i.Approval), Verb: vaultclient.EPMDeny}, nil
	case model.OpDeviceApprove:
		return vaultclient.DeviceAction{Device: vaultclient.DeviceID(i.Device), Verb: vaultclient.DeviceApprove}, nil
	case model.OpDeviceDeny:
		return vaultclient.DeviceAction{Device: vaultclient.DeviceID(i.Device), Verb: vaultclient.DeviceDeny}, nil
	}
	return nil, fmt.Errorf("no command for %q", string(o.Kind))
}

// expiry is when what an intent gives ends. Saying nothing would leave the end
// that is there.
func expiry(i model.Intent) vaultclient.Expiry {
	switch {
	case !i.Expires.IsZero():
		return vaultclient.Until(i.Expires)
	case !i.Before.Expires.IsZero():
		return vaultclient.Endless()
	}
	return vaultclient.Expiry{}
}

// timeless fails for an intent with an end, which the vault would not keep.
func timeless(i model.Intent) error {
	if i.Expires.IsZero() {
		return nil
	}
	return fmt.Errorf("a team's access to a folder cannot end by itself")
}

// lives is how long a link lives, in whole minutes. An absolute end is counted
// from the moment of sending, when Expires is set. Nothing that is left is an
// error of the client's.
func lives(o workflow.Order) time.Duration {
	if d := o.Intent.Limit.Length(); d > 0 {
		return d.Truncate(time.Minute)
	}
	return o.Intent.Expires.Sub(o.Sent).Truncate(time.Minute)
}

func update(o workflow.Order) (vaultclient.Mutation, error) {
	c := o.Intent.Update
	fields, err := fieldsOf(c.Fields, o.Secrets, c.Title)
	if err != nil {
		return nil, err
	}
	m := vaultclient.RecordUpdate{Record: vaultclient.UID(o.Intent.Record), Title: c.Title, Append: c.Append, Fields: fields}
	if !c.Notes.None() {
		notes, err := plain(c.Notes, o.Secrets)
		if err != nil {
			return nil, err
		}
		m.Notes = vaultclient.NewSecret(notes)
	}
	return m, nil
}

// fieldsOf turns the values of a record into what the client sends.
func fieldsOf(values []model.FieldValue, secrets map[string][]byte, title string) ([]vaultclient.Field, error) {
	var fields []vaultclient.Field
	for _, v := range values {
		f := fieldOf(v.Vault)
		var err error
		if f.Value, err = valueOf(v, secrets, title); err != nil {
			return nil, fmt.Errorf("field %q: %w", v.Field, err)
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// valueOf encodes a value by the kind of its field (PROTOCOL 12.5).
func valueOf(v model.FieldValue, secrets map[string][]byte, title string) (vaultclient.Value, error) {
	if !v.Generate.None() {
		return generated(v.Generate)
	}
	text, err := plain(v, secrets)
	if err != nil || text == "" {
		return vaultclient.Text(text), err
	}
	switch v.Kind {
	case model.FieldDate:
		day, err := time.Parse(time.DateOnly, text)
		return vaultclient.Date(day), err
	case model.FieldHostPort:
		host, port, err := model.HostPort(text)
		return vaultclient.Parts(filled(map[string]string{"hostName": host, "port": port})), err
	case model.FieldName:
		first, middle, last := model.PersonName(text)
		return vaultclient.Parts(filled(map[string]string{"first": first, "middle": middle, "last": last})), nil
	case model.FieldKeyPair:
		private, public, err := model.KeyPair(text)
		return vaultclient.Parts(filled(map[string]string{"privateKey": private, "publicKey": public})), err
	case model.FieldTOTP:
		address, err := model.TOTP(text, title)
		return vaultclient.Text(address), err
	}
	return vaultclient.Text(text), nil
}

func plain(v model.FieldValue, secrets map[string][]byte) (string, error) {
	if !v.Sealed {
		return v.Text, nil
	}
	secret, found := secrets[v.Field]
	if !found {
		return "", fmt.Errorf("the sealed answer is not at hand")
	}
	return string(secret), nil
}

// filled leaves out the parts that are empty.
func filled(parts map[string]string) map[string]string {
	for name, text := range parts {
		if text == "" {
			delete(parts, name)
		}
	}
	return parts
}

func generated(g model.Generate) (vaultclient.Value, error) {
	switch g.By {
	case model.GenRandom:
		return vaultclient.RandomPassword(g.Length), nil
	case model.GenWords:
		return vaultclient.DicePassword(g.Length), nil
	case model.GenCode:
		return vaultclient.RandomCode(), nil
	case model.GenEd25519:
		return vaultclient.GenerateKeyPair(vaultclient.Ed25519, false), nil
	case model.GenRSA:
		return vaultclient.GenerateKeyPair(vaultclient.RSA, false), nil
	case model.GenEC:
		return vaultclient.GenerateKeyPair(vaultclient.EC, false), nil
	}
	return vaultclient.Value{}, fmt.Errorf("the vault cannot make up %q", string(g.By))
}
