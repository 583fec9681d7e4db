//! The pocket model's own tokenizer: byte-level BPE whose words stand apart from the spaces around them,
//! so that a name is the same token wherever it is copied to.

use crate::expert::Trajectory;
use tokenizers::{
    AddedToken, DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper, Tokenizer,
    TokenizerImpl,
    models::bpe::{BPE, BpeTrainer},
    pre_tokenizers::{
        byte_level::ByteLevel,
        sequence::Sequence,
        split::{Split, SplitPattern},
    },
    tokenizer::{Result, SplitDelimiterBehavior},
};

/// The tokens that structure a conversation.
pub mod special {
    /// Opens a message.
    pub const START: &str = "<|im_start|>";
    /// Closes a message.
    pub const END: &str = "<|im_end|>";
    /// Fills.
    pub const PAD: &str = "<|endoftext|>";
    /// Tokens that are part of a reply's text: thinking begins, ends; more turns are asked for.
    pub const IN_TEXT: [&str; 3] = ["<think>", "</think>", "<more>"];
}

/// Keywords keep the space behind them; operators the spaces around; everything else stands alone; numbers
/// have at most two digits a token.
const PATTERN: &str = concat!(
    r"\b(?:def|class|return|if|else|for|in|while|not|and|or|import|is|python3|sed|grep|want|fix|next) ",
    r"|[A-Za-z_]+|[0-9]{1,2}| ?[-+*/%<>=!&|]+ ?|, | +|\n|\t|[^\sA-Za-z0-9_]+"
);

/// Trains the tokenizer on the texts of expert runs.
///
/// # Errors
/// When the tokenizers library fails.
pub fn make_tokenizer(runs: &[Trajectory], vocabulary: usize) -> Result<Tokenizer> {
    let mut tokenizer: TokenizerImpl<
        BPE,
        NormalizerWrapper,
        PreTokenizerWrapper,
        PostProcessorWrapper,
        DecoderWrapper,
    > = TokenizerImpl::new(BPE::default());
    let split = Split::new(SplitPattern::Regex(PATTERN.to_owned()), SplitDelimiterBehavior::Isolated, false)?;
    let bytes = ByteLevel::new(false, false, false);
    tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::Sequence(Sequence::new(vec![
        PreTokenizerWrapper::Split(split),
        PreTokenizerWrapper::ByteLevel(bytes),
    ]))));
    tokenizer.with_decoder(Some(DecoderWrapper::ByteLevel(bytes)));
    let mut trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(vocabulary - special::IN_TEXT.len())
        .special_tokens(vec![
            added(special::PAD, true),
            added(special::START, true),
            added(special::END, true),
        ])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let texts = runs.iter().flat_map(|run| run.segments.iter().map(|segment| plain(&segment.text)));
    tokenizer.train(&mut trainer, texts)?;
    tokenizer.add_tokens(special::IN_TEXT.map(|token| added(token, false)))?;
    let json = tokenizer.to_string(false)?;
    json.parse::<Tokenizer>()
}

fn added(token: &str, special: bool) -> AddedToken {
    AddedToken::from(token, special)
}

/// The text without the tokens that are never split.
fn plain(text: &str) -> String {
    special::IN_TEXT.iter().fold(text.to_owned(), |text, token| text.replace(token, ""))
}
