package vaultsim

import (
	"slices"
	"strings"
)

// fieldKind is how Commander treats the values of a field type.
type fieldKind int

const (
	unknownKind fieldKind = iota
	textKind              // one string
	linesKind             // one string, backslash-n becomes a line feed
	objectKind            // a set of named strings
	dateKind              // epoch milliseconds
	refKind               // filled by attaching files and the like, never by value
)

// fieldType describes one type of field.
type fieldType struct {
	kind  fieldKind
	props []string // of an objectKind
}

// fieldTypes returns every field type that the product knows and that matters here. Names are case-sensitive.
func fieldTypes() map[string]fieldType {
	text, date, ref := fieldType{kind: textKind}, fieldType{kind: dateKind}, fieldType{kind: refKind}
	lines := fieldType{kind: linesKind}
	return map[string]fieldType{
		"login": text, "password": text, "url": text, "text": text, "secret": text, "email": text, "accountNumber": text,
		"oneTimeCode": text, "pinCode": text, "groupNumber": text, "checkbox": text, "title": text,
		"note": lines, "multiline": lines, "licenseNumber": lines,
		"date": date, "birthDate": date, "expirationDate": date,
		"fileRef": ref, "addressRef": ref, "cardRef": ref, "file": ref,
		"host":             {kind: objectKind, props: []string{"hostName", "port"}},
		"pamHostname":      {kind: objectKind, props: []string{"hostName", "port"}},
		"name":             {kind: objectKind, props: []string{"first", "middle", "last"}},
		"phone":            {kind: objectKind, props: []string{"type", "region", "number", "ext"}},
		"keyPair":          {kind: objectKind, props: []string{"publicKey", "privateKey"}},
		"address":          {kind: objectKind, props: []string{"street1", "street2", "city", "state", "zip", "country"}},
		"paymentCard":      {kind: objectKind, props: []string{"cardNumber", "cardExpirationDate", "cardSecurityCode"}},
		"bankAccount":      {kind: objectKind, props: []string{"accountType", "otherType", "routingNumber", "accountNumber"}},
		"securityQuestion": {kind: objectKind, props: []string{"question", "answer"}},
	}
}

// fieldDef is one field of a record type.
type fieldDef struct{ fieldType, label string }

// recordTypes returns the standard record types (PROTOCOL 12.5) with their fields in order.
func recordTypes() map[string][]fieldDef {
	types := map[string]string{
		"login":               "login password url securityQuestion fileRef oneTimeCode",
		"databaseCredentials": "text.type host login password fileRef",
		"serverCredentials":   "host login password fileRef",
		"sshKeys":             "login keyPair text.passphrase host securityQuestion fileRef",
		"softwareLicense":     "licenseNumber expirationDate date.dateActive securityQuestion fileRef",
		"encryptedNotes":      "note date fileRef",
		"membership":          "accountNumber name password securityQuestion fileRef",
		"pamUser":             "login password text.distinguishedName fileRef oneTimeCode",
		"pamMachine":          "pamHostname text.operatingSystem fileRef",
		"pamDatabase":         "pamHostname text.databaseId fileRef",
		"pamDirectory":        "pamHostname text.domainName fileRef",
		"bankCard":            "paymentCard text.cardholderName pinCode addressRef fileRef",
		"bankAccount":         "bankAccount name login password url fileRef",
		"contact":             "name text.company email phone addressRef fileRef",
		"address":             "address fileRef",
		"file":                "fileRef",
	}
	out := make(map[string][]fieldDef, len(types))
	for name, list := range types {
		for word := range strings.FieldsSeq(list) {
			typ, label, _ := strings.Cut(word, ".")
			out[name] = append(out[name], fieldDef{typ, label})
		}
	}
	return out
}

// template returns the empty fields of a new record of a type; a field without a label of its own is labelled
// by its type.
func template(defs []fieldDef) []Field {
	var out []Field
	for _, d := range defs {
		label := d.label
		if label == "" {
			label = d.fieldType
		}
		out = append(out, Field{Type: d.fieldType, Label: label})
	}
	return out
}

// recordTypeInfo lists record types, or the fields of one.
func (c *call) recordTypeInfo() error {
	args, err := c.parse(&parser{options: []option{
		{names: []string{"-lr", "--list-record"}},
		{names: []string{"-lf", "--list-field"}},
		{names: []string{"-e", "--example"}, flag: true},
		{names: []string{"--format"}, choices: []string{"table", "csv", "json"}},
		{names: []string{"--output"}},
	}})
	if err != nil || args.help {
		return err
	}
	types := recordTypes()
	var names []string
	for name := range types {
		if want := args.last("list-record"); want == "" || want == "*" || want == name {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return commandError("record-type-info", `Record type "`+args.last("list-record")+`" cannot be found.`)
	}
	rows := []any{}
	var cells [][]string
	for i, name := range names {
		fields := []any{}
		for _, d := range types[name] {
			f := object{{"$ref", d.fieldType}}
			if d.label != "" {
				f = append(f, member{"label", d.label})
			}
			fields = append(fields, f)
		}
		rows = append(rows, object{
			{"recordTypeId", i + 1}, {"content", object{{"$id", name}, {"categories", []any{name}}, {"fields", fields}}}})
		cells = append(cells, []string{name})
	}
	if args.last("format") == "json" {
		c.out.json(rows)
		return nil
	}
	c.out.print(table([]string{"Record Type Name"}, cells))
	return nil
}
