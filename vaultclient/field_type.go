package vaultclient

import "slices"

// fieldType is what a value of one of Keeper's field types must look like.
type fieldType struct {
	kind  valueKind
	parts []string // of an objectValue
	once  bool     // the service finds the field by its type alone: a label or a second one would land in the first
}

// fieldTypeOf returns the type of that name. An encoding that does not fit is dropped by the service without a word (PROTOCOL 8),
// so a type that is not known here is never sent.
func fieldTypeOf(name string) (fieldType, bool) {
	object := func(parts ...string) (fieldType, bool) { return fieldType{kind: objectValue, parts: parts}, true }
	switch name {
	case "login", "password", "oneTimeCode", "note", "licenseNumber", "accountNumber":
		return fieldType{kind: textValue, once: true}, true
	case "url", "text", "secret", "multiline", "email":
		return fieldType{kind: textValue}, true
	case "expirationDate", "birthDate":
		return fieldType{kind: dateValue, once: true}, true
	case "date":
		return fieldType{kind: dateValue}, true
	case "host":
		return object("hostName", "port")
	case "pamHostname":
		return fieldType{kind: objectValue, parts: []string{"hostName", "port"}, once: true}, true
	case "keyPair":
		return fieldType{kind: objectValue, parts: []string{"publicKey", "privateKey"}, once: true}, true
	case "name":
		return object("first", "middle", "last")
	case "phone":
		return object("type", "region", "number", "ext")
	case "address":
		return object("street1", "street2", "city", "state", "zip", "country")
	case "securityQuestion":
		return object("question", "answer")
	case "paymentCard":
		return object("cardNumber", "cardExpirationDate", "cardSecurityCode")
	case "bankAccount":
		return fieldType{kind: objectValue, parts: []string{"accountType", "otherType", "routingNumber", "accountNumber"}, once: true}, true
	}
	return fieldType{}, false
}

// knows reports whether a part has one of the names that the service takes.
func (t fieldType) knows(part string) bool { return slices.Contains(t.parts, part) }
