// How many parts a text costs: the GSM 7-bit default alphabet and its extension (3GPP TS 23.038 §6.2.1), else UCS-2.

const basic = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
const extended = new Set('^{}\\[~]|€\f');

// Units of a text, units of one part, parts, and units left in the last part.
export function measure(text) {
  let septets = 0;
  for (const char of text) {
    if (basic.has(char)) septets += 1;
    else if (extended.has(char)) septets += 2;
    else return count(text.length, 70, 67);
  }
  return count(septets, 160, 153);
}

function count(units, alone, joined) {
  const parts = units <= alone ? 1 : Math.ceil(units / joined);
  const room = parts === 1 ? alone : parts * joined;
  return { units, parts, left: room - units };
}
